"""The OpenAPI description and the page made of it."""

import json
import re
import shlex
from typing import Any

import jsonschema_rs

from api_stub.security import policy
from rules.access import Role
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

DESCRIBED = sorted(
    key for key in policy.POLICIES if key[1].startswith(("/api/", "/health", "/metrics")) and "docs" not in key[1]
)
DESCRIBED.remove(("GET", "/api/openapi.json"))
NOT_BY_TOKEN = (
    "/api/alert-routes",
    "/api/sessions",
    "/api/auth/sign",
    "/api/auth/passkey",
    "/api/auth/reset",
    "/api/account",
    "/api/users",
    "/api/senders",
    "/api/letters/{name}",
    "/api/service-accounts",
)

pytestmark = on_sqlite


def test_the_description_says_who_may_and_what_can_go_wrong(surface: Surface) -> None:
    api = surface.client().get("/api/openapi.json").json()
    assert api["openapi"].startswith("3.1")
    operations = {(method.upper(), path): one for path, of in api["paths"].items() for method, one in of.items()}
    assert set(operations) == set(DESCRIBED)
    for key, operation in operations.items():
        assert operation["description"], key
        assert ("security" in operation) == (policy.POLICIES[key].permission is not None), key
        assert {"401", "403", "404", "422", "500", "503"} <= set(operation["responses"]), key
        assert ("415" in operation["responses"]) == ("requestBody" in operation), key
    assert "HTTPValidationError" not in str(api)


def test_bounds_are_said_in_words_of_json_schema(surface: Surface) -> None:
    """Pydantic writes ``ge``, which nobody reads, where a validator stands between a type and its bounds."""
    described = surface.client().get("/api/openapi.json").text
    assert '"minimum":' in described
    assert not re.findall(r'"(?:ge|gt|le|lt|min_length|max_length|multiple_of)":', described)


def values(example: Any) -> list[Any]:
    """Return what stands in an example, without the names of its fields."""
    if isinstance(example, dict):
        return [value for one in example.values() for value in values(one)]
    if isinstance(example, list):
        return [value for one in example for value in values(one)]
    return [example]


def test_every_body_has_an_example_that_is_one(surface: Surface) -> None:
    api = surface.client().get("/api/openapi.json").json()
    registry = jsonschema_rs.Registry([("api:/", api)])
    number = 0
    for operation in (one for of in api["paths"].values() for one in of.values()):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            schema = json.loads(json.dumps(media["schema"]).replace('"#/', '"api:/#/'))
            jsonschema_rs.validator_for(schema, registry=registry).validate(media["example"])
            assert "text" not in values(media["example"]), "a field has no example of its own"
            number += 1
    assert number > 300


def test_the_commands_of_the_docs_are_answered(surface: Surface) -> None:
    """Each example is sent as it stands; what it names is not there, and a 404 says so."""
    described = surface.client().get("/api/openapi.json").json()
    program = surface.with_token(Role.OWNER)
    for path, of in described["paths"].items():
        for method, operation in of.items():
            command = shlex.split(operation["x-codeSamples"][0]["source"])
            address = next(word for word in command if word.startswith("$NOLAPSE")).removeprefix("$NOLAPSE")
            body = {"json": json.loads(command[command.index("--json") + 1])} if "--json" in command else {}
            if (method, path) in {("post", "/api/documents"), ("post", "/api/bank-files")}:
                continue  # what it sends is a file
            answer = program.request(method, address, **body)
            assert answer.status_code in (200, 201, 202, 404) or path.startswith(NOT_BY_TOKEN), (command, answer.text)


def test_the_docs_page_shows_every_route_and_loads_nothing_from_elsewhere(surface: Surface) -> None:
    browser = surface.client()
    page = browser.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for _, path in DESCRIBED:
        assert f'<code class="path">{path}</code>' in page.text
    assert "<script" not in page.text
    assert not re.search(r'(?:src|href)="(?!/|#)', page.text)
    assert 'style="' not in page.text
    assert browser.get("/api/docs.css").headers["content-type"].startswith("text/css")
