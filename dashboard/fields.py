"""What the pages' addresses and forms may hold, each with its bounds."""

from collections.abc import Callable
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Form, Query
from pydantic import Field

from api_stub import problems
from api_stub.fields import BIGGEST_ID, Line
from db.views.paging import BadCursor

After = Annotated[str | None, Query(max_length=600, pattern=r"^[A-Za-z0-9_-]+$")]
"""A cursor."""

Search = Annotated[Line, Query(max_length=253)]
Next = Annotated[str, Form(max_length=2000)]
"""Where a form's answer leads; it is checked again where it is used."""

JobIds = Annotated[list[Annotated[int, Field(ge=1, le=BIGGEST_ID)]], Form(max_length=200)]


T = TypeVar("T")
P = ParamSpec("P")


def opened(read: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Return a page of a list. Raises ``Problem`` 422 for a cursor that leads nowhere."""
    try:
        return read(*args, **options)
    except BadCursor as error:
        raise problems.Problem(422, "bad-values", str(error)) from None
