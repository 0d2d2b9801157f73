"""Secrets are planted wherever one can stand; then everything that is kept or sent is searched for them."""

import base64
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme

from db import connection
from rules.jobs import JobState
from sandbox.smtp import SmtpServer
from tests.api.conftest import PASSWORD
from tests.api.test_process import Served, serve
from tests.faults.marks import on_postgres
from tests.support import sentry, tasks
from tests.support.eventually import eventually
from tests.support.sentry import Receiver
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_postgres]

WORD = "kanarienvogel"
"""Is part of every planted secret."""
RECIPIENT = "staff@agency.test"
CONTROL = "careless"
"""Stands in the same message as the secrets, and is found wherever that message went."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with sentry.receiving() as server:
        yield server


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def relay(authority: trustme.CA) -> Iterator[SmtpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with SmtpServer(tls=context, login=("agency", f"{WORD}-relay")) as server:
        yield server


def test_no_secret_is_kept_or_sent(
    system: System, receiver: Receiver, relay: SmtpServer, authority: trustme.CA, tmp_path: Path
) -> None:
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    relay.replies[RECIPIENT] = f"550 5.7.8 careless: no, not with the password {WORD}-relay"
    planted = {
        "NOLAPSE_SMTP_URL": f"smtp://agency:{WORD}-relay@127.0.0.1:{relay.port}",
        "SSL_CERT_FILE": str(trusted),
        "NOLAPSE_STAFF_EMAILS": RECIPIENT,
        "SENTRY_DSN": receiver.dsn,
        "NOLAPSE_SESSION_KEYS": f"{WORD}:{base64.urlsafe_b64encode(WORD.ljust(32, 'x').encode()).decode()}",
        "NOLAPSE_LINK_KEYS": f"{WORD}:{base64.urlsafe_b64encode(WORD.ljust(32, 'y').encode()).decode()}",
        "NOLAPSE_OIDC": json.dumps({"corp": {**_PROVIDER, "client_secret": f"{WORD}-client"}}),
    }
    system.start(**planted)
    served = serve(system, **planted)

    _fail_a_job(system)
    answers = [*_careless_calls(served), _break_a_route(system, served)]
    eventually(lambda: not receiver.envelopes.empty())
    assert served.end() == 0
    system.await_quiet()
    system.end()

    places = {**_logs(system), **_redis(system), **_tables(system), **_reports(receiver)}
    places |= {f"answer {one.request.url.path}": f"{one.headers} {one.text}" for one in answers}
    found = sorted(place for place, text in places.items() if WORD in text)
    assert found == []
    told = {place for place, text in places.items() if CONTROL in text}
    assert told >= {"table attempt", "table mail", "report 0"}, "the search is deaf"
    assert any(place.startswith("log") for place in told)


_PROVIDER = {"issuer": "https://login.corp.test", "client_id": "nolapse"}


def _fail_a_job(system: System) -> None:
    """Have a job fail with every secret in its message, and staff told of it by a relay that repeats one."""
    failed = tasks.tell_secrets.enqueue()
    system.await_state(failed.job_id, JobState.DEAD)
    eventually(lambda: ("failed",) in system.rows("SELECT state FROM mail"))


def _careless_calls(served: Served) -> Iterator[httpx.Response]:
    """Call with secrets in every part of a request: some in the wrong place, some wrong, some malformed."""
    bearer = {"Authorization": f"Bearer nlp_{WORD}", "X-Api-Key": f"{WORD}-key", "Cookie": f"session={WORD}"}
    credentials = {"name": "ada", "password": f"{WORD} {WORD} {WORD}"}
    for path in ("/api/jobs", f"/api/jobs?access_token={WORD}", f"/reset?token={WORD}", f"/nothing?password={WORD}"):
        yield served.ask("GET", path, headers=bearer)
    for body in (credentials, {**credentials, "password": [WORD]}, {"user": WORD}, [WORD]):
        yield served.ask("POST", "/api/sessions", json=body)
    yield served.ask("POST", "/api/sessions", content=f'{{"password": "{WORD}', headers={"Content-Type": _JSON})
    yield served.ask("POST", "/sign-in", data=credentials, headers={"Origin": served.url})
    yield served.ask("PUT", "/api/auth/reset", json={"token": WORD, "password": f"{WORD} {WORD} {WORD}"})


_JSON = "application/json"


def _break_a_route(system: System, served: Served) -> httpx.Response:
    """Take a table away and sign in with the right password: a mistake of ours, reported with its traceback."""
    with connection.session():
        connection.execute("ALTER TABLE session RENAME TO session_away")
    answer = served.ask("POST", "/api/sessions", json={"name": "ada", "password": PASSWORD})
    assert answer.status_code == 500
    with connection.session():
        connection.execute("ALTER TABLE session_away RENAME TO session")
    return answer


def _logs(system: System) -> dict[str, str]:
    return {f"log {one.name}": one.log.read_text() for one in system.processes}


def _redis(system: System) -> dict[str, str]:
    with system.redis.client() as client:
        kept = {key.decode(): client.dump(key) or b"" for key in client.scan_iter()}
    return {f"redis {key}": key + value.decode("latin-1") for key, value in kept.items()}


def _tables(system: System) -> dict[str, str]:
    names = [name for (name,) in system.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    rows = {name: system.rows(f'SELECT "{name}"::text FROM "{name}"') for name in names}
    return {f"table {name}": "\n".join(row for (row,) in found) for name, found in rows.items()}


def _reports(receiver: Receiver) -> dict[str, str]:
    return {f"report {number}": receiver.envelopes.get() for number in range(receiver.envelopes.qsize())}
