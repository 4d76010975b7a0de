"""The tutorial docs/a-new-kind.md works as it stands: its code makes a package, its commands install and test it.

All of it in an environment of its own, which sees what Hilván's own has and takes the package; nothing else is touched.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import embedded

ROOT = Path(__file__).resolve().parent.parent
TUTORIAL = (ROOT / "docs" / "a-new-kind.md").read_text(encoding="utf-8")
OWNER = "HILVAN_TEST_DATABASE_OWNER_URL"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(TUTORIAL)]


@pytest.fixture
def empty_database() -> Iterator[dict[str, str]]:
    """The environment that leads to a database in which there is nothing yet."""
    name = f"{embedded.database()}_plugin"
    with psycopg.connect(embedded.address(OWNER, "hilvan"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield {
            "HILVAN_DATABASE_URL": embedded.address("HILVAN_TEST_DATABASE_URL", name),
            "HILVAN_DATABASE_OWNER_URL": embedded.address(OWNER, name),
        }
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of a new environment in which all is installed that is installed here."""
    venv.create(tmp_path / "environment")
    python = tmp_path / "environment" / "bin" / "python"
    installed = sysconfig.get_path("purelib")
    own = sysconfig.get_path("purelib", vars={"base": str(tmp_path / "environment")})
    (Path(own) / "beneath.pth").write_text(f"import site; site.addsitedir({installed!r})\n")
    return python


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("msgfmt"), reason="msgfmt is missing (Debian: apt install gettext)")
def test_the_tutorial_makes_a_kind_that_passes_all_tests(
    tmp_path: Path, python: Path, empty_database: dict[str, str]
) -> None:
    package = tmp_path / "hilvan-vehicles"
    for _language, title, code in BLOCKS:
        if title:
            path = package / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code, encoding="utf-8")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("HILVAN_", "PYTEST_"))}
    environment = {**outside, **empty_database, "HILVAN_DATA": str(tmp_path / "data")}

    for script in (code for language, _title, code in BLOCKS if language == "sh"):
        for written, here in (
            (".venv/bin/python", str(python)),
            (".venv/bin/hilvan", f"{python} -m hilvan.cli"),
            ("../hilvan-vehicles", str(package)),
        ):
            script = script.replace(written, here)
        done = subprocess.run(
            ["sh", "-euc", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    assert (package / "hilvan_vehicles" / "migrations" / "0001_first.py").exists()
    with psycopg.connect(empty_database["HILVAN_DATABASE_OWNER_URL"]) as connection:
        guards = connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'hilvan_vehicles_vehicle'::regclass AND NOT tgisinternal"
        )
        assert {name for (name,) in guards} == {"log_change", "keep_fixed", "keep_document"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "import nonsense_of_ours",
            "ModuleNotFoundError: No module named 'nonsense_of_ours' (broken/__init__.py, line 1)",
        ),
        ("def f(:", "SyntaxError"),
        (None, "ModuleNotFoundError: No module named 'broken'"),
    ],
)
def test_a_plugin_that_does_not_load_is_named_in_one_line(tmp_path: Path, code: str | None, said: str) -> None:
    metadata = tmp_path / "broken-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[hilvan.plugins]\nbroken = broken\n")
    if code is not None:
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "__init__.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-m", "hilvan.cli", "check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"hilvan: the plugin broken does not load: {said}")
    assert done.stderr.count("\n") == 1
