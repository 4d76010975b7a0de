"""The program ``hilvan``: one small function a command.

What is heavy (Django and all that is built on it) is loaded by name once the command line is understood, so
that ``hilvan --help`` answers at once and a mistyped option costs nothing.
"""

import argparse
import errno
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

from hilvan import __version__, plugins
from hilvan.environment import ConfigurationError, read
from hilvan.postgres import Cluster, PostgresUnavailable, default_data_folder
from hilvan.supervisor import Child, say, supervise

_LONGEST_PAUSE = 15.0  # seconds between two attempts to start a PostgreSQL that does not come up


class Refused(Exception):
    """A command cannot do what it was asked; the text is one clear line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns 0, 1 where it failed with a line on standard error, 130 after Ctrl-C."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    if rest and options.command is not sql:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    signal.signal(signal.SIGTERM, _leave)
    try:
        return options.command(options) or 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if not (line := _in_words(error)):
            raise
        print(f"hilvan: {line}", file=sys.stderr)
        return 1


def _in_words(error: Exception) -> str:
    """What is said of an error that is not the program's: of what was asked, of the machine, of the database."""
    match error:
        case Refused() | ConfigurationError() | PostgresUnavailable():
            return str(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT | errno.EROFS | errno.EACCES | errno.EPERM):
            return f"{error.strerror}: {error.filename or default_data_folder()}"
    if (loaded := sys.modules.get("django.db")) and isinstance(error, loaded.OperationalError):
        return f"the database: {str(error).partition(chr(10))[0]}"
    return ""


def _leave(signum: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds like an error, so that what was begun is tidied up (PostgreSQL stopped)."""
    sys.exit(128 + signum)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hilvan", description="Hilván: CRM activities for a whole business.")
    parser.add_argument("--version", action="version", version=f"hilvan {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: Callable[[argparse.Namespace], int | None], help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=command)
        return sub

    sub = add("run", run, "Run web, worker and, unless HILVAN_DATABASE_URL is set, the embedded PostgreSQL.")
    sub.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    sub.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    sub.add_argument("--processes", type=int, default=2, help="processes that answer requests (%(default)s)")
    sub.add_argument("--demo", action="store_true", help="fill an empty database with a demo company")
    add("worker", worker, "Run the worker alone: it sends notices and does what waits.")
    add("migrate", migrate, "Bring the database up to date; makes the first company.")
    add("sql", sql, "Open psql as the application's role; further arguments are psql's.")
    add("check", check, "Check configuration, database, mail and the history.")
    sub = add("import", import_, "Import event logs (one JSON object a line) or, with --kind, tables (CSV, XLSX).")
    sub.add_argument("files", nargs="+", type=Path, metavar="FILE")
    sub.add_argument("--company", help="name or id of the company that receives them (by default the first one)")
    sub.add_argument("--notify", action="store_true", help="notify people of what is imported (event logs)")
    tables = sub.add_argument_group("tables")
    tables.add_argument("--kind", help="what the rows are: customer, contact, opportunity, activity …")
    tables.add_argument(
        "--map", action="append", default=[], metavar="HEADING=FIELD", help="what a column is; no FIELD: not imported"
    )
    tables.add_argument("--user", metavar="NAME", help="who imports (by default the company's first administrator)")
    tables.add_argument("--existing", choices=["skip", "change"], default="skip", help="what is there (%(default)s)")
    tables.add_argument("--unknown-customers", choices=["refuse", "create"], default="refuse", help="(%(default)s)")
    tables.add_argument(
        "--unknown-users", choices=["refuse", "nobody", "inactive"], default="refuse", help="(%(default)s)"
    )
    tables.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (FILE-refused.csv)")
    tables.add_argument("--check", action="store_true", help="say what would happen, and write nothing")

    users = commands.add_parser("user", help="Users.").add_subparsers(metavar="COMMAND", required=True)
    sub = users.add_parser("create", help="Create a user; without a password, print a link to choose one, once.")
    sub.set_defaults(command=create_user)
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("--email", required=True)
    sub.add_argument("--admin", action="store_true", help="may do everything in the company")
    sub.add_argument("--password")
    sub.add_argument("--company", help="name or id of the company where the user works (by default the first one)")
    tokens = commands.add_parser("token", help="Tokens for the API.").add_subparsers(metavar="COMMAND", required=True)
    sub = tokens.add_parser("create", help="Create a token for a user and print it alone.")
    sub.set_defaults(command=create_token)
    sub.add_argument("name", metavar="NAME")
    return parser


@contextmanager
def database() -> Iterator[Cluster | None]:
    """Within the block the database runs and Django is set up; None for a database given by its URL."""
    if read("HILVAN_DATABASE_URL"):
        _set_up_django()
        _reach("default", "HILVAN_DATABASE_URL")
        yield None
    else:
        cluster = Cluster(default_data_folder())
        with cluster.running():
            _set_up_django()
            yield cluster


@contextmanager
def answering() -> Iterator[None]:
    """``database`` for a command that answers here: in English, as all of the command line, whatever the users read."""
    with database(), _of("django.utils.translation", "override")("en"):
        yield


def _reach(alias: str, variable: str) -> None:
    try:
        _of("django.db", "connections")[alias].ensure_connection()
    except _of("django.db", "OperationalError") as error:
        raise Refused(f"{variable}: {str(error).splitlines()[0]}") from error


def _set_up_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        import_module("django").setup()
    except Exception as error:
        if said := plugins.blame(error):
            raise said from error
        raise


def _of(module: str, name: str) -> Any:
    """A function of Hilván's, loaded now that Django is set up."""
    return getattr(import_module(module), name)


# -- The commands --


def run(options: argparse.Namespace) -> int:
    host, port = options.host, options.port
    _check_free(host, port)
    if not read("HILVAN_BASE_URL"):
        os.environ["HILVAN_BASE_URL"] = _address(host, port)
    with database() as cluster:
        password = _migrate(demo=options.demo)
        is_first_use = _of("hilvan.administration.services", "is_first_use")()
        code = _of("hilvan.administration.services", "new_code")() if is_first_use else None
        _of("hilvan.web.staticfiles", "collect")()
        settings = _of("django.conf", "settings")
        settings.LAST_ADDRESS.write_text(settings.BASE_URL)
        _of("django.db", "connections").close_all()
        # Loaded here, once for all the processes that are forked from this one: the application, and its addresses with
        # all that they lead to.
        import_module("config.wsgi")
        _of("django.urls", "reverse")("home")
        children = [
            Child("web", lambda: _of("hilvan.web.server", "serve")(host, port, options.processes)),
            Child("worker", _of("hilvan.notifications.worker", "main")),
        ]
        return supervise(children, watch=_Watch(cluster, host, port, password, code))


class _Watch:
    """Says once that the web answers, and brings back an embedded PostgreSQL that died.

    One that does not come up (its disk is full, say) is tried again for ever, more and more seldom: all else goes on,
    answering that the database is away, and comes back with it.
    """

    def __init__(self, cluster: Cluster | None, host: str, port: int, password: str | None, code: str | None) -> None:
        self._cluster, self._host, self._port = cluster, host, port
        self._password, self._code = password, code
        self._announced = False
        self._vain = 0  # starts of PostgreSQL since it was last ready
        self._due = 0.0

    def __call__(self) -> None:
        if self._cluster:
            self._keep(self._cluster)
        if not self._announced and _answers(self._host, self._port):
            self._announced = True
            print(f"Hilván: {_address(self._host, self._port)}")
            if self._password:
                print("Demo users: admin, ventas, soporte, administracion, tecnico")
                print(f"Password of each: {self._password}")
            if self._code:
                print(f"First use: open that address and enter the code {self._code}")
            print("Ctrl-C ends it.", flush=True)

    def _keep(self, cluster: Cluster) -> None:
        now = time.monotonic()
        if cluster.is_ready():
            self._vain, self._due = 0, now
        elif now >= self._due:
            try:
                died_of = cluster.revive()
            except PostgresUnavailable as error:
                died_of = str(error)
            if died_of is not None:
                self._vain += 1
                self._due = now + min(2**self._vain, _LONGEST_PAUSE)
                say(f"PostgreSQL ended; starting it again. {died_of}".rstrip())


def worker(options: argparse.Namespace) -> int | None:
    with database():
        _companies()
        code: int | None = _of("hilvan.notifications.worker", "main")()
        return code


def migrate(options: argparse.Namespace) -> None:
    with database():
        _migrate(demo=False, needed=True)


def sql(options: argparse.Namespace) -> int:
    if url := read("HILVAN_DATABASE_URL"):
        if not (psql := shutil.which("psql")):
            raise Refused("psql is not on the PATH (Debian: apt install postgresql-client)")
        return _in_front([psql, url, *options.rest])
    cluster = Cluster(default_data_folder())
    with cluster.running():
        return _in_front([str(cluster.binaries / "psql"), cluster.url(), *options.rest])


def check(options: argparse.Namespace) -> int | None:
    with answering():
        code: int | None = _of("hilvan.check", "run")()
        return code


def create_user(options: argparse.Namespace) -> None:
    with answering():
        create = _of("hilvan.people.services", "create_user")
        try:
            user = create(
                company=_company(options.company),
                username=options.name,
                email=options.email,
                role="administrator" if options.admin else "member",
                password=options.password,
            )
        except _of("django.core.exceptions", "ValidationError") as error:
            wrong = (f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items())
            raise Refused(" ".join(wrong)) from error
        if options.password is None:
            path = _of("hilvan.people.services", "password_link")(user)
            print(_of("django.conf", "settings").BASE_URL + path)


def create_token(options: argparse.Namespace) -> None:
    with answering():
        _companies()
        users = _of("hilvan.people.models", "User").objects
        if not (user := users.filter(username__iexact=options.name).first()):
            raise Refused(f"there is no user {options.name}")
        print(_of("hilvan.people.services", "create_token")(user))


def import_(options: argparse.Namespace) -> int:
    """1 where a line was refused; the others are imported nevertheless."""
    if missing := [str(path) for path in options.files if not path.is_file()]:
        raise Refused(f"no such file: {', '.join(missing)}")
    refused = 0
    with answering():
        company = _company(options.company)
        if options.kind:
            return max(_import_table(path, company, options) for path in options.files)
        import_file = _of("hilvan.importing.eventlog", "import_file")
        for path in options.files:
            bar = _progress_bar(path.name) if sys.stderr.isatty() else None
            result = import_file(path, company=company, notify=options.notify, progress=bar)
            print(f"{path.name} → {company}: {result}", flush=True)
            refused += result.refused
    return 1 if refused else 0


def _import_table(path: Path, company: Any, options: argparse.Namespace) -> int:
    """1 where a row was refused; the others are imported nevertheless."""
    import_table = _of("hilvan.importing.tables.command", "import_table")
    refused = options.refused or path.with_name(f"{path.stem}-refused.csv")
    try:
        told = import_table(
            path,
            company=company,
            kind=options.kind,
            user=options.user,
            columns=dict(one.rpartition("=")[::2] for one in options.map),
            chosen={
                "existing": options.existing,
                "parties": options.unknown_customers,
                "people": options.unknown_users,
            },
            refused=refused,
            check=options.check,
            progress=_progress_bar(path.name) if sys.stderr.isatty() else None,
        )
    except _of("django.core.exceptions", "ValidationError") as error:
        raise Refused(f"{path.name}: {' '.join(error.messages)}") from error
    except _of("django.core.exceptions", "PermissionDenied") as error:
        raise Refused(f"{path.name}: {error}") from error
    print(f"{path.name} → {company}: {told}", flush=True)
    return 1 if told.refused else 0


# -- What they need --


def _migrate(*, demo: bool, needed: bool = False) -> str | None:
    """Brings the database up to date, with a first company or the demo's, whose password it returns.

    A machine that does not know the owner can run Hilván on a database which is up to date, unless it is ``needed``.
    """
    _reach("owner", "HILVAN_DATABASE_OWNER_URL")
    if not needed and _of("hilvan.records.install", "is_current")():
        pass
    elif _of("hilvan.records.install", "may_migrate")():
        _of("hilvan.records.install", "migrate")()
    elif needed or _of("hilvan.check", "pending")():
        raise Refused("only its owner may bring the database up to date: set HILVAN_DATABASE_OWNER_URL")
    if demo:
        password: str | None = _of("hilvan.demo", "seed")()
        return password
    if not _of("hilvan.people.models", "Company").objects.exists():
        settings = _of("django.conf", "settings")
        _of("hilvan.records.services", "found_company")(
            name="Mi empresa", language=settings.LANGUAGE_CODE, time_zone=settings.TIME_ZONE
        )
    return None


def _companies() -> list[Any]:
    """All companies, the first one first."""
    try:
        companies = list(_of("hilvan.people.models", "Company").objects.order_by("id"))
    except _of("django.db", "ProgrammingError"):  # no tables yet
        companies = []
    if not companies:
        raise Refused("there is no company yet; run hilvan migrate first")
    return companies


def _company(named: str | None) -> Any:
    """The company of that name or id; by default the first one, and where there are others it is said so."""
    companies = _companies()
    choice = ", ".join(f"{one.pk} ({one.name})" for one in companies)
    if named is None:
        if companies[1:]:
            print(f"hilvan: for the first company, {companies[0]}; --company chooses: {choice}", file=sys.stderr)
        return companies[0]
    found = [one for one in companies if named.casefold() == one.name.casefold() or named == str(one.pk)]
    if len(found) != 1:
        raise Refused(f"--company: one of {choice}")
    return found[0]


def _check_free(host: str, port: int) -> None:
    """Before anything is started; granian's own answer would be a traceback, over and over."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise Refused(f"port {port} of {host} is taken; choose another with --port") from error
        raise Refused(f"cannot listen on {host}, port {port}: {error}") from error


def _reachable(host: str) -> str:
    """Where this machine reaches a server that listens on ``host``, which may be "any address"."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _address(host: str, port: int) -> str:
    host = _reachable(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _in_front(command: list[str]) -> int:
    """Runs an interactive program; Ctrl-C is its business."""
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the program would inherit
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603
    finally:
        signal.signal(signal.SIGINT, before)


def _progress_bar(name: str) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        share = done / total if total else 1.0
        line = f"\r{name}: [{'#' * round(share * 30):30}] {done:,}/{total:,}"
        print(line, end="\n" if done >= total else "", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    sys.exit(main())
