"""The contract: the surface keeps to its OpenAPI description, whatever it is sent; all of schemathesis' checks, no 5xx.

All tests of this file share one database: what one adds or removes, the next one meets.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis import GenerationMode
from schemathesis.python.asgi import HOST
from schemathesis.specs.openapi.checks import positive_data_acceptance

import settings
from api_stub.security import api_tokens
from db import connection
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from rules.access import Role, Scope
from tasks.engine.task import find
from tests.api.conftest import surfaced
from tests.api.test_openapi import DESCRIBED

PROFILE = trying.default or trying()
EXAMPLES = PROFILE.max_examples // 12
"""Few for each operation in `make test`, the same each time; many, and random, in `make fuzz`."""
ASKING = (Role.OWNER, Role.VIEWER)
"""Each example is sent as an owner, and as one who may only read: to make it up costs more than to answer it."""
REFUSALS = ["400", "401", "403", "404", "406", "422", "428"]
"""How what is wrong is refused."""


def also(path: str, status: str) -> dict[str, Any]:
    """Return that the routes of a path may refuse what is wrong with one more status."""
    return {
        "include-path-regex": path,
        "checks": {"negative_data_rejection": {"expected-statuses": [*REFUSALS, status]}},
    }


CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
        "operations": [
            also("^/api/bulk/", "413"),  # what is too large is not read
            also("^/api/documents$", "409"),  # uploads are off here
        ],
    }
)


@dataclass(frozen=True)
class Described:
    """The surface as it describes itself."""

    schema: Any
    tokens: dict[Role, str]


@pytest.fixture(scope="module")
def described(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, hashed: str) -> Iterator[Described]:
    url = f"sqlite:///{shutil.copy(_sqlite_template, tmp_path_factory.mktemp('kept'))}"
    connection.connect(url)
    with surfaced(url, hashed) as surface, settings.override(public_url=f"http://{HOST}"):
        with connection.session():
            for name in ("Bakery", "Forge"):
                client_id, _ = clients.add(Client(name=name, email="office@bakery.test"))
                domains.add(f"{name.lower()}.test", client_id=client_id)
                endpoints.add(f"www.{name.lower()}.test", 443, client_id=client_id)
                find("domains.check_all").enqueue()
            given = {role: api_tokens.add(surface.people[role], "test", scopes=tuple(Scope)) for role in ASKING}
        yield Described(schemathesis.openapi.from_asgi("/api/openapi.json", surface.app, config=CONFIG), given)
    connection.database.close()
    connection.database.obj.close_all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), DESCRIBED)
def test_whatever_is_sent_is_answered_as_described(
    described: Described, method: str, path: str, mode: GenerationMode
) -> None:
    operation = described.schema[path][method]
    if mode is GenerationMode.NEGATIVE and not (operation.body or list(operation.iter_parameters())):
        pytest.skip("takes nothing that could be wrong")
    # What a name, a zone, a cron expression, a cursor of a sorted list or a tag that holds is, and whether a key came
    # before with another request, no schema can say: a 412 or 422 is an answer, too.
    named = {
        one.name for one in operation.iter_parameters() if one.name != "cursor" or "pattern" in str(one.definition)
    }
    unsayable = operation.body or named & {"cursor", "after", "If-Match", "Idempotency-Key"}
    excluded = [positive_data_acceptance] if unsayable else []

    @trying(
        parent=PROFILE,
        max_examples=EXAMPLES,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        for role in ASKING:
            headers = {"Authorization": f"Bearer {described.tokens[role]}"}
            case.call_and_validate(headers=headers, excluded_checks=excluded)

    check()
