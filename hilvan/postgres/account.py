"""The operating system's user that the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from hilvan.postgres.binaries import PostgresUnavailable

# Nothing of the caller's environment (PGDATA, PGPORT, LD_LIBRARY_PATH …) may change how the server runs.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


class Account:
    """A user of the operating system, and programs run as that user."""

    def __init__(self, entry: pwd.struct_passwd) -> None:
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid

    @classmethod
    def serving(cls, folder: Path) -> "Account":
        """The user to run the server whose files are in ``folder``: under root the folder's owner, or while
        there is none the user ``hilvan``, made if need be; otherwise the current user."""
        if (uid := os.geteuid()) == 0:
            if not folder.exists():
                return cls._unprivileged()
            uid = folder.stat().st_uid
        if uid == 0:
            raise PostgresUnavailable(f"{folder} belongs to root; give it to the user hilvan (chown -R)")
        try:
            return cls(pwd.getpwuid(uid))
        except KeyError as error:
            raise PostgresUnavailable(f"the operating system has no name for the user {uid}") from error

    @classmethod
    def _unprivileged(cls) -> "Account":
        if not _entry("hilvan") and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")):
            options = ["--system", "--no-create-home", "--home-dir=/nonexistent", "--shell=/usr/sbin/nologin"]
            subprocess.run([useradd, *options, "hilvan"], capture_output=True, check=False)  # noqa: S603
        if not (entry := _entry("hilvan") or _entry("nobody")):
            raise PostgresUnavailable("root needs an unprivileged user for it, and there is neither hilvan nor nobody")
        return cls(entry)

    def _as_user(self) -> dict[str, Any]:
        """Arguments for subprocess; a switch of user, which needs privileges, only where it is one."""
        other = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() != self.uid else {}
        return {"env": _ENVIRONMENT, "cwd": "/", **other}

    def run(self, command: Sequence[str | Path], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs to the end and captures what is said; the caller looks at the return code."""
        output: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.run(command, input=stdin, check=False, **output, **self._as_user())  # noqa: S603

    def start(self, command: Sequence[str | Path], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Starts in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        output: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        return subprocess.Popen(command, start_new_session=True, **output, **self._as_user())  # noqa: S603

    def can_enter(self, folder: Path) -> bool:
        """Whether this user gets into ``folder``; tried, not computed, so that access lists count too."""
        return self.run(["/bin/sh", "-c", 'test -x "$0"', folder]).returncode == 0

    def open(self, path: Path, flags: int) -> IO[bytes]:
        """A file of this user's, made if absent, to read or, by the flags, to write; unbuffered.

        Root follows no link there: that user could have laid it to a file of root's. Raises OSError.
        """
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if os.geteuid() != self.uid:
            os.fchown(descriptor, self.uid, self.gid)
        return open(descriptor, "rb" if flags == os.O_RDONLY else "ab", buffering=0)
