"""Completions of a filter, for the pages' script: keys, or known values of a key."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api_stub import routes
from api_stub.fields import SearchText
from api_stub.security.principal import Caller
from dashboard import list_catalogue
from dashboard.lists.list_keys import MOST_VALUES
from rules.lists.filter_text import FilterToken
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_LONGEST: Final = 200


class Completion(BaseModel):
    """A piece that may complete the filter, and a text about it. After an ``open`` piece the person types on."""

    piece: str
    says: str
    open: bool = False


class Completions(BaseModel):
    """The pieces that may complete the filter."""

    completions: list[Completion]


@pages.get("/lists/{name}/completions")
def completions(who: Caller, name: str, begun: Annotated[SearchText, Query(max_length=_LONGEST)] = "") -> Completions:
    """Return what a piece that begins so may become, for who asks."""
    page = list_catalogue.require(name, who)
    typed, colon, value = begun.partition(":")
    if not colon:
        known = [one for one in page.keys if typed.lower() in one.name]
        known.sort(key=lambda one: not one.name.startswith(typed.lower()))
        found = [Completion(piece=f"{one.name}:", says=_(one.about), open=True) for one in known]
        return Completions(completions=found[:MOST_VALUES])
    key = next((one for one in page.keys if one.name == typed.lower()), None)
    values = key.values(value.replace('"', "").strip(), who.within) if key else ()
    found = [Completion(piece=str(FilterToken(key.name, one)), says=one) for one in values if key]
    return Completions(completions=found[:MOST_VALUES])
