"""A part that brings documents can be taken away: its folder, and its line in the settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hilvan.records.kinds import kinds

ROOT = Path(__file__).resolve().parent.parent
NEEDED = {"activities", "parties"}
APPS = {kind.model._meta.app_config.name for kind in kinds}
PARTS = sorted({app.removeprefix("hilvan.") for app in APPS if app.startswith("hilvan.")} - NEEDED)

BUILT_ON = {"sales": ("receipts", "remittances"), "receipts": ("remittances",)}
"""What stands further down in the chain and is nothing without it, goes with it."""


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_nothing_else_imports_it(part: str, tmp_path: Path) -> None:
    """All other modules load without it, those of the tests too; what they then do, a run in a copy tells."""
    for name in ("config", "docs", "hilvan", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "manage.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    settings = tmp_path / "config" / "settings.py"
    for gone in (part, *BUILT_ON.get(part, ())):
        shutil.rmtree(tmp_path / "hilvan" / gone)
        line = f'    "hilvan.{gone}",\n'
        assert settings.read_text().count(line) == 1
        settings.write_text(settings.read_text().replace(line, ""))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    modules = [
        ".".join(path.relative_to(tmp_path).with_suffix("").parts)
        for path in sorted(tmp_path.rglob("*.py"))
        if not {"tests", "migrations"} & set(path.relative_to(tmp_path).parts) and path.parent != tmp_path
    ]
    load = f"import importlib, django; django.setup(); [importlib.import_module(name) for name in {modules!r}]"
    for command in (["-c", load], ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
