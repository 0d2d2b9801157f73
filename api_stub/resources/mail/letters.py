"""Letters: what our mails say in each language, and the parts that staff have replaced by their own words."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from api_stub.fields import RequestBody
from api_stub.problems import Problem
from api_stub.routes import router
from api_stub.security.principal import Caller, Principal
from db import connection
from db.access import audit
from db.mail import letter_texts
from tasks.mail import letters
from tasks.mail.letters import letter_kinds, parts
from tasks.mail.letters.letter_kinds import Audience, LetterKind

routes = router(tags=["letters"])

LetterName = Annotated[str, Path(max_length=32, examples=["invoice"])]
LetterLanguage = Annotated[str, Path(max_length=8, examples=["de"])]
Texts = Annotated[
    dict[str, Annotated[str, Field(max_length=parts.LONGEST_PART)]],
    Field(max_length=len(parts.PARTS), examples=[{"subject": "Invoice {{ number }} from {{ seller_name }}"}]),
]


class LetterSummary(BaseModel):
    """A letter, and in which languages staff say some of it in words of their own."""

    name: str = Field(examples=["invoice"])
    about: str = Field(examples=["An invoice, with its document"])
    audience: Audience
    placeholders: list[str] = Field(examples=[["client_name", "number", "total"]])
    changed: list[str] = Field(description="Languages with words of the staff", examples=[["de"]])


class LetterSources(BaseModel):
    """The parts of a letter in one language: ours, and the staff's, which take their place."""

    name: str = Field(examples=["invoice"])
    language: str = Field(examples=["de"])
    ours: Texts
    own: Texts


class OwnWords(RequestBody, extra="forbid"):
    """The parts that staff say in words of their own; those that are not among them are ours."""

    own: Texts


@routes.get("/api/letters")
def list_letters(_who: Caller) -> list[LetterSummary]:
    """List the letters that we write."""
    return summaries()


@routes.get("/api/letters/{name}/{language}")
def read_letter(_who: Caller, name: LetterName, language: LetterLanguage) -> LetterSources:
    """Read a letter's parts in one language."""
    return read(name, language)


@routes.put("/api/letters/{name}/{language}")
def write_letter(who: Caller, name: LetterName, language: LetterLanguage, words: OwnWords) -> LetterSources:
    """Say some parts of a letter in words of one's own; an empty object goes back to ours."""
    write(who, name, language, words.own)
    return read(name, language)


def summaries() -> list[LetterSummary]:
    """Return every letter with the languages in which staff have changed it."""
    changed = letter_texts.languages()
    return [
        LetterSummary(
            name=one.name,
            about=one.about,
            audience=one.audience,
            placeholders=sorted(one.samples),
            changed=sorted(changed.get(one.name, ())),
        )
        for one in letter_kinds.KINDS
    ]


def kind(name: str) -> LetterKind:
    """Return the kind of letter that has this name. Raises ``Problem`` 404."""
    try:
        return letter_kinds.find(name)
    except letter_kinds.UnknownLetter as error:
        raise Problem(404, "not-found", str(error)) from None


def read(name: str, language: str) -> LetterSources:
    """Return a letter's parts in a language. Raises ``Problem`` 404."""
    if language not in letters.LANGUAGES:
        raise Problem(
            404, "not-found", f"no letter is written in {language!r}; there are {', '.join(letters.LANGUAGES)}"
        )
    ours = letters.sources(kind(name), language)
    return LetterSources(
        name=name,
        language=language,
        ours=ours,
        own=letter_texts.find(name, language),
    )


def write(who: Principal, name: str, language: str, own: Mapping[str, str]) -> None:
    """Make ``own`` the staff's words of a letter. Raises ``Problem`` 404, or 422 that names each unusable part."""
    read(name, language)
    wrong = mistakes(kind(name), language, own)
    if wrong:
        told = "; ".join(f"{part}: {why}" for part, why in wrong.items())
        raise Problem(422, "bad-values", told)
    with connection.transaction():
        before = letter_texts.find(name, language)
        letter_texts.replace(name, language, own, by=who.name)
        audit.add(who.actor, "letter change", f"letter {name}", {"language": language}, before=before, after=dict(own))


def mistakes(letter: LetterKind, language: str, own: Mapping[str, str]) -> dict[str, str]:
    """Return the mistake of each part that is wrong; empty where all parts are usable."""
    wrong: dict[str, str] = {}
    ours = letters.sources(letter, language)
    for part, source in own.items():
        if part not in ours:
            wrong[part] = f"this letter has no such part; it has: {', '.join(ours)}"
            continue
        try:
            parts.check(source, placeholders=letter.samples)
        except parts.BadPart as error:
            wrong[part] = str(error)
    return wrong
