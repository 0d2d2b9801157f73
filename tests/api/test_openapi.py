"""The OpenAPI description, and whether the surface keeps to it whatever it is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis import GenerationMode
from schemathesis.python.asgi import HOST
from schemathesis.specs.openapi.checks import positive_data_acceptance

import settings
from api_stub import policy
from db import clients, connection, domains, endpoints
from db.clients import Client
from tasks.task import find
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

EXAMPLES = 6
DESCRIBED = sorted(
    key for key in policy.POLICIES if key[1].startswith(("/api/", "/health", "/metrics")) and "docs" not in key[1]
)
DESCRIBED.remove(("GET", "/api/openapi.json"))

pytestmark = on_sqlite


@pytest.fixture
def described(surface: Surface) -> Iterator[Any]:
    with connection.session():
        for name in ("Bakery", "Forge"):
            client_id, _ = clients.add(Client(name=name, email="office@bakery.test"))
            domains.add(f"{name.lower()}.test", client_id=client_id)
            endpoints.add(f"www.{name.lower()}.test", 443, client_id=client_id)
            find("domains.check_all").enqueue()
    with settings.override(public_url=f"http://{HOST}"):
        yield schemathesis.openapi.from_asgi("/api/openapi.json", surface.app)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), DESCRIBED)
def test_whatever_is_sent_is_answered_as_described(
    surface: Surface, described: Any, method: str, path: str, mode: GenerationMode
) -> None:
    operation = described[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or list(operation.iter_parameters())):
        pytest.skip("takes nothing that could be wrong")
    headers = {"Authorization": f"Bearer {surface.owners_token}"}
    # What a name, a zone or a cron expression is, no schema can say: there a 422 is an answer, too.
    excluded = [positive_data_acceptance] if operation.body else []

    @trying(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    check()


def test_the_description_says_who_may_and_what_can_go_wrong(surface: Surface) -> None:
    said = surface.client().get("/api/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    operations = {(method.upper(), path): one for path, of in said["paths"].items() for method, one in of.items()}
    assert set(operations) == set(DESCRIBED)
    for key, operation in operations.items():
        assert operation["description"], key
        assert ("security" in operation) == (policy.POLICIES[key].role is not None), key
        assert {"401", "403", "404", "422", "503"} <= set(operation["responses"]), key
    text = str(said)
    assert "examples" in text
    assert "HTTPValidationError" not in text


def test_the_docs_page_shows_every_route_and_loads_nothing_from_elsewhere(surface: Surface) -> None:
    browser = surface.client()
    page = browser.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for _, path in DESCRIBED:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("http://testserver", "")
    assert 'style="' not in page.text
    assert browser.get("/api/docs.css").headers["content-type"].startswith("text/css")
