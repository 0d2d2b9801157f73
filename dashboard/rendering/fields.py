"""Types of the pages' parameters and form fields, each with its bounds."""

from typing import Annotated

from fastapi import Form, Query
from pydantic import AfterValidator, Field

from api_stub import problems
from api_stub.fields import BIGGEST_ID, TextLine
from api_stub.security.passkeys import LONGEST_ANSWER
from db.portfolio import clients
from rules import access
from rules.translatable import TranslatableError

After = Annotated[str | None, Query(max_length=600, pattern=r"^[A-Za-z0-9_-]+$")]
"""A cursor."""

Search = Annotated[TextLine, Query(max_length=253)]
ListText = Annotated[TextLine, Query(max_length=2000)]
"""A list's filter as it was written. ``filter_text`` refuses one that is too long, so that the page shows it."""

Next = Annotated[str, Form(max_length=2000)]
"""The path to go to after a form; it is checked where it is used."""

Credential = Annotated[str, Form(min_length=1, max_length=LONGEST_ANSWER)]
"""A passkey's answer as JSON, which the page's script wrote into the form."""

Ids = Annotated[list[Annotated[int, Field(ge=1, le=BIGGEST_ID)]], Form(max_length=200)]
"""The ids of the rows that were ticked."""


def _numbers(text: str) -> str:
    numbers = text.replace(",", " ").split()
    if not all(one.isascii() and one.isdecimal() and int(one[:20]) <= BIGGEST_ID for one in numbers):
        raise TranslatableError("write clients' numbers with commas between them: 3, 17")
    return text


ClientNumbers = Annotated[str, Form(max_length=2000), AfterValidator(_numbers)]
"""The ids of the clients to which something is limited, as text; empty: no limit."""

WINDOWS = (0, 7, 14, 30, 60)
"""Windows of days to which lists can be narrowed; 0: what has lapsed."""

Within = Annotated[int | None, Query(ge=0, le=3660)]


def client_numbers(text: str) -> list[int] | None:
    """Return the numbers of ``ClientNumbers``, None where there are none."""
    return [int(one) for one in text.replace(",", " ").split()] or None


def client_named(client_id: int | None, *, within: access.Within = None) -> clients.Client | None:
    """Return the client that a list is narrowed to. Raises ``Problem`` 404."""
    return None if client_id is None else problems.existing(clients.get, client_id, within=within)


def of_client(client_id: int | None, *, within: access.Within = None) -> dict[str, str]:
    """Return the initial values of a new thing's form: its client's name, if one is given. Raises ``Problem`` 404."""
    whose = client_named(client_id, within=within)
    return {"client": whose.name} if whose else {}
