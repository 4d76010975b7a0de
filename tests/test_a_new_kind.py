"""The tutorial docs/a-new-kind.md works as it stands: its code makes a package, its commands install and test it.
So does examples/hilvan-fleet, by the commands that it gives.

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
EXAMPLE = ROOT / "examples" / "hilvan-fleet"
TUTORIAL = (ROOT / "docs" / "a-new-kind.md").read_text(encoding="utf-8")
OWNER = "HILVAN_TEST_DATABASE_OWNER_URL"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
BLOCKS = [match.groups() for match in BLOCK.finditer(TUTORIAL)]


def scripts(text: str) -> list[str]:
    """The commands that a page gives, block by block."""
    return [code for language, _title, code in BLOCK.findall(text) if language == "sh"]


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


def follow(scripts: list[str], places: dict[str, Path], python: Path, database: dict[str, str]) -> None:
    """Give the commands of a page, in that environment and on that database."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("HILVAN_", "PYTEST_"))}
    environment = {**outside, **database, "HILVAN_DATA": str(python.parent.parent / "data")}
    for script in scripts:
        for written, here in {
            ".venv/bin/python": python,
            ".venv/bin/hilvan": f"{python} -m hilvan.cli",
            **places,
        }.items():
            script = script.replace(written, str(here))
        done = subprocess.run(
            ["sh", "-euc", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def guards(database: dict[str, str], table: str) -> set[str]:
    """The triggers of a table, besides those of its keys."""
    with psycopg.connect(database["HILVAN_DATABASE_OWNER_URL"]) as connection:
        found = connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
        )
        return {name for (name,) in found}


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
    follow(scripts(TUTORIAL), {"../hilvan-vehicles": package}, python, empty_database)

    assert (package / "hilvan_vehicles" / "migrations" / "0001_first.py").exists()
    assert guards(empty_database, "hilvan_vehicles_vehicle") == {"log_change", "keep_fixed", "keep_document"}


@pytest.mark.slow
def test_the_example_is_installed_and_passes_all_tests(
    tmp_path: Path, python: Path, empty_database: dict[str, str]
) -> None:
    package = tmp_path / "hilvan-fleet"
    shutil.copytree(EXAMPLE, package, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    follow(scripts(readme), {"examples/hilvan-fleet": package}, python, empty_database)

    searched = {"keep_document", "renew_document"}
    assert guards(empty_database, "hilvan_fleet_vehicle") == {"log_change", "keep_fixed", *searched}
    assert "log_change" in guards(empty_database, "hilvan_fleet_service")


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
