"""A yes or no is no number: no body that the API takes has one where a number belongs, on any depth."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from rules.access import Role
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

WRONG = (True, [True], {"a": True})
"""A yes, alone, in a list and in an object."""


def fields(kind: Any, known: set[Any]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the fields of a body's model, and of what stands in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in known:
        known.add(kind)
        for name, field in kind.model_fields.items():
            yield f"{kind.__name__}.{name}", field
            yield from fields(field.annotation, known)
    for within in get_args(kind):
        yield from fields(within, known)


def taken(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def test_no_number_of_a_body_may_be_a_yes_or_no(surface: Surface) -> None:
    bodies = [
        one.body_field for one in surface.app.routes if isinstance(one, APIRoute) and one.path.startswith("/api/")
    ]
    known: set[Any] = set()
    found = [one for body in bodies if body for one in fields(body.field_info.annotation, known)]
    numbers = 0
    for name, field in found:
        kind: Any = Annotated[field.annotation, field]
        adapter = TypeAdapter[Any](kind)
        described = str(adapter.json_schema())
        if ("'integer'" in described or "'number'" in described) and "'boolean'" not in described:
            numbers += 1
            assert not [one for one in WRONG if taken(adapter, one)], name
    assert numbers > 30


def test_the_answer_says_what_is_wrong(surface: Surface) -> None:
    answer = surface.with_token(Role.OPERATOR).post("/api/domains", json={"name": "bakery.test", "client_id": True})
    assert answer.status_code == 422
    assert "client_id" in answer.text
    assert "yes or no" in answer.text
