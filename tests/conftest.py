"""What the tests stand on: an empty migrated database of either kind, a private Redis, and a whole system on both."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
from pydantic import SecretStr

import settings
from db import connection, migrate
from db.ledger import endings
from tasks.transport import notifier
from tests.support.servers import Databases, LentDatabase, PostgresServer, RedisServer, ServiceMissing
from tests.support.system import System

_PASSED = pytest.StashKey[bool]()

# The same examples in each run of `make test`; `make fuzz` (--hypothesis-profile=fuzz) looks for others, and what it
# finds becomes an @example of its test.
hypothesis.settings.register_profile("test", derandomize=True, database=None, deadline=None, max_examples=50)
hypothesis.settings.register_profile("fuzz", derandomize=False, deadline=None, max_examples=1000)
hypothesis.settings.load_profile("test")


def _without(error: ServiceMissing) -> NoReturn:
    """Skip the test, naming what is missing; under CI that is a failure."""
    if os.environ.get("CI"):  # noqa: TID251 - says where the tests run, and is none of the program's settings
        pytest.fail(f"CI must have it: {error}", pytrace=False)
    pytest.skip(str(error))


def _migrate(url: str) -> None:
    connection.connect(url)
    migrate.up()
    _disconnect()


def _disconnect() -> None:
    connection.database.close()
    connection.database.obj.close_all()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "nolapse.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite(_sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty migrated database in a file of its own."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path)}"


@pytest.fixture(scope="session")
def _databases() -> Iterator[Databases]:
    """The PostgreSQL that TEST_DATABASE_URL names, or a private one for all tests."""
    given = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251 - no setting of the program
    if given:
        yield Databases(given)
        return
    try:
        server = PostgresServer()
    except ServiceMissing as error:
        _without(error)
    server.start()
    yield server.databases
    server.close()


@pytest.fixture(scope="session")
def _postgres_template(_databases: Databases) -> Iterator[str]:
    url = _databases.create()
    _migrate(url)
    yield url
    _databases.drop(url)


@pytest.fixture(scope="session")
def _lent_database(_databases: Databases, _postgres_template: str) -> Iterator[LentDatabase]:
    lent = LentDatabase(_databases, _postgres_template)
    yield lent
    lent.close()


@pytest.fixture
def postgres(_lent_database: LentDatabase) -> Iterator[str]:
    """The URL of an empty migrated database, which nobody else uses meanwhile."""
    yield _lent_database.url()
    _lent_database.give_back()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A private PostgreSQL for tests that stop it; they start it again."""
    try:
        server = PostgresServer()
    except ServiceMissing as error:
        _without(error)
    server.start()
    yield server
    server.close()


@pytest.fixture
def mortal_postgres(postgres_server: PostgresServer) -> str:
    """The URL of an empty migrated database on ``postgres_server``."""
    url = postgres_server.databases.create()
    _migrate(url)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty migrated database, to which this process is connected; its URL. Runs the test on each kind.

    A file whose every statement other tests put to PostgreSQL too is marked ``on_sqlite``, as that is cheaper
    (``tests/faults/marks.py``). There is no Redis; what is enqueued is only in the ledger.
    """
    url: str = request.getfixturevalue(request.param)
    with settings.override(
        home=tmp_path, database_url_given=SecretStr(url), redis_url_given=SecretStr(f"unix://{tmp_path}/none")
    ):
        notifier.current.cache_clear()
        connection.connect(url)
        yield url
        _disconnect()


@pytest.fixture
def ledger(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A session on an empty migrated database, open for the length of the test; nobody hears yet how its jobs end."""
    monkeypatch.setattr(endings, "_listeners", [])
    with connection.session():
        yield database


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A private, empty Redis; an indirect parameter gives its options."""
    server = RedisServer(**getattr(request, "param", {}))
    try:
        server.start()
    except ServiceMissing as error:
        server.close()
        _without(error)
    yield server
    server.close()


@pytest.fixture
def system(
    database: str, redis_server: RedisServer, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[System]:
    """A whole Nolapse whose processes the test starts. A test that passed must leave it drained and sound."""
    with System(database, redis_server, tmp_path).entered() as made:
        yield made
        if request.node.stash.get(_PASSED, False):
            made.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Remember whether the test passed, and show the logs of its processes where it did not."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    system = getattr(item, "funcargs", {}).get("system")
    if report.failed and isinstance(system, System):
        report.sections += list(system.tails())
    return report
