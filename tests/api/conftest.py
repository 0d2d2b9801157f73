"""The HTTP surface in this process, on an empty database, with a person of each role and a token of each."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import pytest
import structlog
from fastapi import FastAPI
from pydantic import SecretStr

import settings
from api_stub.security import api_tokens, cookies, csrf, passwords, sessions
from db import connection
from db.access import users
from rules.access import Role, Scope
from tasks.engine import catalogue
from tasks.transport import notifier
from tests.api.browser import TestClient
from workers import web

PASSWORD = "four words in a row"
HOME = "https://localhost"
UNHURRIED = dict.fromkeys(("requests_per_token", "requests_per_session", "requests_per_network"), 10_000_000)
"""A test asks more in a second than people do in an hour."""


@pytest.fixture(scope="session")
def hashed() -> str:
    """One hash for all, because hashing is slow on purpose."""
    return passwords.hashed(PASSWORD)


@dataclass(eq=False)
class Surface:
    """The application, and who may use it."""

    app: FastAPI
    people: dict[Role, int] = field(default_factory=dict)

    def apart(self) -> "Surface":
        """Return the same people before an application of their own, which a test may change."""
        return Surface(web.app(), self.people)

    def client(self, **options) -> TestClient:
        """Return a browser without cookies. Its address is https, as cookies are Secure."""
        return TestClient(self.app, base_url=HOME, **options)

    def signed_in(self, role: Role) -> TestClient:
        """Return a browser with a session, which sends the token that a page would hold."""
        with connection.session():
            cookie = sessions.begin(users.get(self.people[role]), how="test", address="192.0.2.1")
        browser = self.client(cookies={cookies.SESSION: cookie})
        browser.headers[csrf.HEADER] = csrf.derived(cookie)
        browser.headers["origin"] = HOME
        return browser

    def with_token(self, role: Role, *scopes: Scope) -> TestClient:
        """Return a program with an API token."""
        with connection.session():
            token = api_tokens.add(self.people[role], "test", scopes=scopes or tuple(Scope))
        return self.client(headers={"authorization": f"Bearer {token}"})


@cache
def _app() -> FastAPI:
    """Return the one application of all tests, which costs more to make than most of them."""
    return web.app()


@pytest.fixture
def surface(database: str, hashed: str) -> Iterator[Surface]:
    with surfaced(database, hashed) as made:
        yield made


@contextmanager
def surfaced(database: str, hashed: str) -> Iterator[Surface]:
    """Serve the application on a database to which this process is connected."""
    with settings.override(
        database_url_given=SecretStr(database),
        redis_url_given=SecretStr("redis://127.0.0.1:9"),
        public_url=None,
        lookup_wait_s=0,  # nobody does the work here
        **UNHURRIED,
    ):
        catalogue.load()
        notifier.current.cache_clear()
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        made = Surface(_app())
        with connection.session():
            for role in Role:
                made.people[role] = users.add(f"the {role}", role, password=hashed)
        yield made
        structlog.reset_defaults()
        notifier.current().flush(0)
        notifier.current.cache_clear()
