"""``python -m bench [N]``: fill a database of its own with N activities, measure, and renew the table."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from hilvan.postgres import Cluster

TABLE = Path(__file__).parents[1] / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("how_many", nargs="?", type=int, default=100_000, metavar="N", help="activities (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each measure (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round (%(default)s)")
    parser.add_argument("--into", type=Path, default=TABLE, help="the file with the table (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder for the data: filled once, measured as often as one likes")
    options = parser.parse_args()
    with data_folder(options.keep) as folder:
        for name in [name for name in os.environ if name.startswith("HILVAN_")]:
            del os.environ[name]
        os.environ |= {"HILVAN_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"}
        cluster = Cluster(folder)
        with cluster.running():
            import_module("django").setup()
            run: Any = import_module("bench.run")  # now that Django is set up
            filled = folder / "filled.json"
            if not filled.exists():
                filled.write_text(json.dumps(asdict(run.fill(options.how_many))))
            run.measure(cluster, json.loads(filled.read_text()), options)


@contextmanager
def data_folder(kept: Path | None) -> Iterator[Path]:
    """Which the server's user may enter, who under root is another one."""
    folder = kept.absolute() if kept else Path(tempfile.mkdtemp(prefix="hilvan-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
