"""The bench, from outside, with few activities: what it fills is whole, and it writes its table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_it_fills_measures_and_renews_its_table(tmp_path: Path) -> None:
    table = tmp_path / "performance.md"
    table.write_text("# Performance\n\n<!-- bench 500 -->\nof yesterday\n<!-- /bench 500 -->\n\nThe end.\n")
    command = [sys.executable, "-m", "bench", "500", "--rounds", "1", "--seconds", "0.1", "--into", str(table)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HILVAN_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    text = table.read_text()
    assert "of yesterday" not in text
    assert text.startswith("# Performance\n\n<!-- bench 500 -->\n## 500 activities\n")
    assert text.endswith("<!-- /bench 500 -->\n\nThe end.\n")
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines() if line.startswith("|")][2:]
    assert len(rows) == 20
    assert all(len(row) == 7 for row in rows)
    rates = [row for row in rows if re.fullmatch(r"[\d,]+/s, [\d.]+ ms", row[2])]
    assert {row[1] for row in rates} == {"1", "4"}
    assert all(float(row[4]) > 0 for row in rates)
