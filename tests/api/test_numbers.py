"""A yes or no is no number: no body that the API takes has one where a number belongs, on any depth."""

from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from rules.access import Role
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

WRONG = (True, [True])
"""A yes, alone and in a list."""


def models(kind: Any, known: set[type[BaseModel]]) -> None:
    """Collect a body's model, and those that stand in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in known:
        known.add(kind)
        for field in kind.model_fields.values():
            models(field.annotation, known)
    for within in get_args(kind):
        models(within, known)


def takes(model: type[BaseModel], name: str, value: object) -> bool:
    """Tell whether a field takes a value, whatever else lacks."""
    try:
        model.model_validate({name: value})
    except ValidationError as refused:
        return name not in {one["loc"][0] for one in refused.errors() if one["loc"]}
    return True


def numbers(model: type[BaseModel]) -> list[str]:
    """Return the fields of a model that hold numbers, alone or in a list, and no yes or no."""
    described = {name: str(one) for name, one in model.model_json_schema().get("properties", {}).items()}
    return [
        name for name, one in described.items() if ("'integer'" in one or "'number'" in one) and "'boolean'" not in one
    ]


def test_no_number_of_a_body_may_be_a_yes_or_no(surface: Surface) -> None:
    routes = [one for one in surface.app.routes if isinstance(one, APIRoute) and one.path.startswith("/api/")]
    known: set[type[BaseModel]] = set()
    for route in routes:
        if route.body_field:
            models(route.body_field.field_info.annotation, known)
    found = [(model, name) for model in known for name in numbers(model)]
    assert len(found) > 30
    taken = [f"{model.__name__}.{name}" for model, name in found if any(takes(model, name, one) for one in WRONG)]
    assert taken == []


def test_the_answer_says_what_is_wrong(surface: Surface) -> None:
    answer = surface.with_token(Role.OPERATOR).post("/api/domains", json={"name": "bakery.test", "client_id": True})
    assert answer.status_code == 422
    assert "client_id" in answer.text
    assert "yes or no" in answer.text
