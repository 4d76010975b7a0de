"""The server of one cluster: making its data, starting it, stopping it, and what is known of it.

Nothing here takes a lock: the caller sees to it that one process at a time starts or stops the server.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hilvan.postgres.account import Account
from hilvan.postgres.binaries import PostgresUnavailable, major_version

_LOG_LIMIT = 10_000_000  # bytes; a longer log is begun anew at the next start
# A recovery may take long; a server that fails ends by itself, which is noticed at once.
_START_SECONDS = 3600
_STOP_SECONDS = 5.0  # for each of fast, immediate (which the next start recovers from) and killed
_FIRST_SECONDS = 10.0  # until a server has written down its number
_STRAY_SECONDS = 2.0  # that processes of a dead server have to end by themselves, and then once they are killed

_TOLD_TO_CLIENTS = ("the database system is", "terminating connection", "connection to client lost")

# Hilván's roles, by the operating system's user, and nobody else.
_HBA = """\
# Written by Hilván at every start.
local all postgres            peer map=server
local all hilvan_owner,hilvan peer map=hilvan
"""

# Can be run again: whatever an interrupted or an older Hilván left is completed.
_PREPARE = r"""
SELECT 'CREATE ROLE ' || name FROM (VALUES ('hilvan_owner'), ('hilvan')) wanted (name)
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE hilvan_owner LOGIN CREATEDB;
ALTER ROLE hilvan LOGIN;
SELECT 'CREATE DATABASE hilvan OWNER hilvan_owner'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'hilvan') \gexec
REVOKE TEMP, CREATE ON DATABASE hilvan FROM PUBLIC;
GRANT CONNECT ON DATABASE hilvan TO hilvan_owner, hilvan;
\connect hilvan
ALTER SCHEMA public OWNER TO hilvan_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hilvan;
"""
# A transaction of the application's ends within 30 s: then an answer as of an earlier instant is settled.
_TIMEOUTS = "ALTER ROLE hilvan SET transaction_timeout = '30s';"
_TIMEOUTS_BEFORE_17 = """\
ALTER ROLE hilvan SET idle_in_transaction_session_timeout = '20s';
ALTER ROLE hilvan SET statement_timeout = '25s';
"""


class Server:
    """The server whose data is in ``folder/data``, run as ``account``, listening in ``socket_folder``.

    ``name`` is its processes' in the list of the system's processes; no other cluster's may be the same.
    """

    def __init__(self, folder: Path, socket_folder: Path, name: str, account: Account, durable: bool) -> None:
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.socket_folder = socket_folder
        self.name = name
        self.account = account
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._begun: int | None = None  # where in the log its start stands

    def initialise(self, programs: Path) -> None:
        """Makes the data unless there is some; under its name only once it is whole.

        Raises PostgresUnavailable where there is some of another major version.
        """
        major = major_version(programs)
        if self.data.exists():
            found = (self.data / "PG_VERSION").read_text().strip()
            if found != str(major):
                raise PostgresUnavailable(
                    f"the data in {self.data} is of PostgreSQL {found}, the programs are {major}; "
                    "back up with the Hilván that made it and restore"
                )
            return
        new = self.data.with_name("data.new")
        shutil.rmtree(new, ignore_errors=True)
        options = ["--username=postgres", "--auth=peer", "--data-checksums", "--encoding=UTF8"]
        options += ["--locale=C"] if major < 17 else ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self.durable else ["--no-sync"]
        done = self.account.run([programs / "initdb", f"--pgdata={new}", *options])
        if done.returncode:
            raise PostgresUnavailable("its data could not be initialised", _indented(done.stdout))
        new.rename(self.data)

    def start(self, programs: Path) -> None:
        """Starts it on its data; ``await_ready`` comes next. Call it only while it is not running."""
        # The processes of a killed server end by themselves, unless they are busy; until then a new one refuses to
        # start. What they still do is lost in any case: nobody is there to acknowledge it.
        if not _wait(lambda: not self._strays(), _STRAY_SECONDS):
            for stray in self._strays():
                with suppress(ProcessLookupError):
                    os.kill(stray, signal.SIGKILL)
        if not _wait(lambda: not self._strays(), _STRAY_SECONDS):
            raise PostgresUnavailable(f"{self._strays()}, left of a server that died, still use {self.data}")
        # The process that these files of a killed server name is not its own: the number was given anew.
        for stale in (self.data / "postmaster.pid", self.socket_folder / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        self._write("pg_hba.conf", _HBA)
        self._write("pg_ident.conf", self._ident())
        with self.account.open(self.log, os.O_WRONLY | os.O_APPEND) as log:
            if os.fstat(log.fileno()).st_size > _LOG_LIMIT:
                log.truncate(0)
            command: list[str | Path] = [programs / "postgres", "-D", self.data, *self._settings()]
            self._begun = os.fstat(log.fileno()).st_size
            self._process = process = self.account.start(command, log)
        _wait(lambda: self.pid() is not None or process.poll() is not None, _FIRST_SECONDS)

    def await_ready(self) -> None:
        """Waits until it accepts connections, through its recovery if need be."""
        if not _wait(lambda: self._status() == "ready" or not self.pid(), _START_SECONDS):
            raise PostgresUnavailable(f"it has not got ready within {_START_SECONDS} s", self._log_end())
        if not self.pid():
            raise PostgresUnavailable("it did not start", self._log_end())

    def prepare(self, programs: Path) -> None:
        """Makes roles, database and rights, once for each wording of them."""
        sql = _PREPARE + (_TIMEOUTS if major_version(programs) >= 17 else _TIMEOUTS_BEFORE_17)
        digest = hashlib.sha256(sql.encode()).hexdigest()
        mark = self.data / "hilvan.prepared"
        if mark.exists() and mark.read_text() == digest:
            return
        options = ["-XqAt", "--set=ON_ERROR_STOP=1", "--username=postgres", "--dbname=postgres"]
        options += [f"--host={self.socket_folder}", "--port=5432"]
        done = self.account.run([programs / "psql", *options], stdin=sql)
        if done.returncode:
            raise PostgresUnavailable("roles and database could not be made", _indented(done.stdout))
        self._write(mark.name, digest)

    def stop(self) -> None:
        """Ends it, and waits; the sessions of those who are still connected are ended too."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not (pid := self.pid()):
                break
            os.kill(pid, how)
            _wait(lambda: not self.pid(), _STOP_SECONDS)
        if self._process:
            self._process.wait()
            self._process = None

    def pid(self) -> int | None:
        """The number of the live server; None where its file names a process that is not the server."""
        lines = self._pid_file()
        if not lines[0].isdigit():
            return None
        arguments = _command_line(lines[0])
        return int(lines[0]) if b"-D" in arguments and os.fsencode(self.data) in arguments else None

    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        return self._status() == "ready" and self.pid() is not None

    def complaint(self) -> str:
        """The first fatal error of the server itself in its log, if it was started here and there is one."""
        if self._begun is None:
            return ""
        for line in self.log.read_bytes()[self._begun :].decode(errors="replace").splitlines():
            _, fatal, text = line.partition("FATAL:") if "FATAL:" in line else line.partition("PANIC:")
            if fatal and not any(words in text for words in _TOLD_TO_CLIENTS):
                return text.strip()
        return ""

    def _status(self) -> str:
        """``starting``, ``ready``, ``stopping``, or nothing before the server has said so."""
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 else ""

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    def _strays(self) -> list[int]:
        """This cluster's processes besides the postmaster, known by the cluster's name in their titles."""
        title = f"postgres: {self.name}: ".encode()
        numbers = [entry for entry in os.listdir("/proc") if entry.isdigit()]
        return [int(number) for number in numbers if _command_line(number)[0].startswith(title)]

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": '"{}"'.format(str(self.socket_folder).replace('"', '""')),  # a list of names
            "unix_socket_permissions": "0700",
            "cluster_name": self.name,
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return [f"--{name}={value}" for name, value in settings.items()]

    def _ident(self) -> str:
        """Who may be which role. The superuser is the server's user alone, whom root can become anyway."""
        lines = [f'server "{self.account.name}" postgres']
        for user in dict.fromkeys((self.account.name, "root")):
            lines += [f'hilvan "{user}" {role}' for role in ("hilvan_owner", "hilvan")]
        return "\n".join(lines) + "\n"

    def _write(self, name: str, text: str) -> None:
        with self.account.open(self.data / name, os.O_WRONLY | os.O_TRUNC) as file:
            file.write(text.encode())

    def _log_end(self, lines: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return _indented("\n".join(text.splitlines()[-lines:]))


def _command_line(pid: str) -> list[bytes]:
    """Empty for a process that is gone, or dead and not yet waited for."""
    try:
        return Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return [b""]


def _indented(text: str) -> str:
    return "".join(f"\n    {line}" for line in text.splitlines())


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
