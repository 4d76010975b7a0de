"""The supervisor, from outside: a small program that supervises smaller ones."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

START = """
import signal, sys
from pathlib import Path
import hilvan.supervisor as supervisor
supervisor.PATIENCE = 0.5
supervisor.PAUSES = (0.01, 0.01)
def child(name, code):
    note = f"import os; open({name!r}, 'a').write(str(os.getpid()) + chr(10))" + chr(10)
    return supervisor.Child(name, lambda: exec(note + code, {}))
"""
SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); time.sleep(60)"


class Trial:
    """One supervisor in a folder of its own; each child notes its number in the file of its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None

    def start(self, code: str) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START + textwrap.dedent(code)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        return self.process

    def numbers(self, name: str) -> list[int]:
        file = self.folder / name
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def exists(self, name: str) -> bool:
        return (self.folder / name).exists()


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    trial = Trial(tmp_path)
    yield trial
    if trial.process:
        trial.process.kill()
        trial.process.communicate()


def eventually(condition: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_children_and_is_no_failure(trial: Trial, ending: signal.Signals) -> None:
    process = trial.start(f"sys.exit(supervisor.supervise([child('web', {SLEEP!r}), child('worker', {SLEEP!r})]))")
    eventually(lambda: trial.numbers("web") and trial.numbers("worker"))
    process.send_signal(ending)
    assert process.wait(5) == 0
    assert not any(alive(pid) for pid in trial.numbers("web") + trial.numbers("worker"))


def test_a_second_ctrl_c_changes_nothing_and_deaf_children_are_killed(trial: Trial) -> None:
    process = trial.start(f"sys.exit(supervisor.supervise([child('web', {DEAF!r})]))")
    eventually(lambda: trial.exists("deaf"))
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(5) == 0
    assert process.stderr is not None
    assert process.stderr.read() == "hilvan: web did not end within 0 s; killed.\n"
    assert not any(alive(pid) for pid in trial.numbers("web"))


def test_what_a_child_started_ends_with_it(trial: Trial) -> None:
    grandchild = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, file=open('grandchild', 'w'))\n"
    process = trial.start(f"sys.exit(supervisor.supervise([child('web', {grandchild + SLEEP!r})]))")
    eventually(lambda: trial.numbers("grandchild"))
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0
    eventually(lambda: not alive(trial.numbers("grandchild")[0]))


def test_a_child_that_dies_is_started_again(trial: Trial) -> None:
    trial.start(f"sys.exit(supervisor.supervise([child('web', {SLEEP!r})]))")
    eventually(lambda: len(trial.numbers("web")) == 1)
    os.kill(trial.numbers("web")[0], signal.SIGKILL)
    eventually(lambda: len(trial.numbers("web")) == 2)
    assert alive(trial.numbers("web")[1])


def test_a_child_that_always_dies_at_once_ends_all(trial: Trial) -> None:
    process = trial.start(
        f"sys.exit(supervisor.supervise([child('web', 'raise SystemExit(3)'), child('worker', {SLEEP!r})]))"
    )
    _, said = process.communicate(timeout=10)
    assert process.returncode == 1
    assert said.splitlines() == [
        "hilvan: web ended (exit status 3); starting it again.",
        "hilvan: web ended (exit status 3); starting it again.",
        "hilvan: web ended at once 3 times (last exit status 3); giving up.",
    ]
    assert not any(alive(pid) for pid in trial.numbers("worker"))


def test_one_that_is_killed_again_and_again_is_started_again_each_time(trial: Trial) -> None:
    process = trial.start(f"sys.exit(supervisor.supervise([child('web', {SLEEP!r})]))")
    for n in range(6):
        eventually(lambda n=n: len(trial.numbers("web")) == n + 1)  # type: ignore[misc]
        os.kill(trial.numbers("web")[n], signal.SIGKILL)
    eventually(lambda: len(trial.numbers("web")) == 7)
    assert process.poll() is None


def test_one_that_has_worked_before_is_never_given_up(trial: Trial) -> None:
    works_once = "import pathlib, time; time.sleep(0.3 if pathlib.Path('web').read_text().count('\\n') == 1 else 0)"
    process = trial.start(f"""
        supervisor.STABLE = 0.2
        sys.exit(supervisor.supervise([child('web', {works_once!r})]))
    """)
    eventually(lambda: len(trial.numbers("web")) > 6)
    assert process.poll() is None


def test_children_end_when_the_supervisor_is_killed(trial: Trial) -> None:
    process = trial.start(f"sys.exit(supervisor.supervise([child('web', {SLEEP!r})]))")
    eventually(lambda: trial.numbers("web"))
    process.kill()
    eventually(lambda: not alive(trial.numbers("web")[0]))


def test_what_the_watch_raises_ends_the_children(trial: Trial) -> None:
    process = trial.start(f"""
        def watch():
            if Path("web").exists():
                raise SystemExit(7)
        supervisor.supervise([child('web', {SLEEP!r})], watch=watch)
    """)
    assert process.wait(5) == 7
    assert not any(alive(pid) for pid in trial.numbers("web"))
