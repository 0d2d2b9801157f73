"""Values that several routes take or give, each with its bounds, so that nothing odd reaches the database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast, get_args
from zoneinfo import available_timezones

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from rules.checks import stages
from rules.translatable import TranslatableError

BIGGEST_ID = 2**63 - 1


def _printable(text: str) -> str:
    """Refuse control characters and halves of surrogate pairs, which no line of text holds."""
    if not text.isprintable():
        raise TranslatableError("holds characters that cannot be printed; leave them out")
    return text


Id = Annotated[int, Path(ge=1, le=BIGGEST_ID, examples=[17])]
IdField = Annotated[int, Field(ge=1, le=BIGGEST_ID, examples=[3])]
TextLine = Annotated[str, AfterValidator(_printable)]
"""One line of text that a person wrote."""

SearchText = Annotated[str, AfterValidator(lambda text: "".join(one if one.isprintable() else "?" for one in text))]
"""The text of a filter. Characters that cannot be printed become "?": no name has them, so the text finds nothing."""

_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


def _near(at: datetime) -> datetime:
    """Return the moment, kept away from the calendar's ends so that no zone and no added minute overflows."""
    return _FIRST if at.year < _FIRST.year else _LAST if at.year > _LAST.year else at


Moment = Annotated[AwareDatetime, AfterValidator(_near)]
"""A moment with its zone. Programs write "always" and "for ever" as a day of the year 1 or of the year 9999."""

Language = Literal["en", "de", "fr", "es", "it", "nl", "pl"]
"""The languages in which we write mails."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise TranslatableError("is no IANA time zone, such as Europe/Berlin")
    return name


ZoneName = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Berlin"]), AfterValidator(_zone)]
"""An IANA time zone that there is."""

_NAME: Any = {"min_length": 1, "max_length": 64, "pattern": r"^[A-Za-z0-9_.-]+$"}
TaskName = Annotated[str, Path(**_NAME, examples=["domains.check_all"])]
ScheduleName = Annotated[str, Path(**_NAME, examples=["domains"])]


def _days(days: list[int]) -> list[int]:
    return list(stages.parse(stages.written(tuple(days))))


AlertDays = Annotated[
    list[Annotated[int, Field(ge=stages.FIRST_DAY, le=stages.LAST_DAY)]],
    Field(min_length=1, max_length=stages.MOST_STAGES, examples=[[60, 30, 7]]),
    AfterValidator(_days),
]
"""Days before an end at which staff are told, each once."""

TaskFilter = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9_.-]+$", description="Only of this task")]
IdFilter = Annotated[int | None, Query(ge=1, le=BIGGEST_ID)]
Next = Annotated[
    int | str | None,
    Field(description="The cursor of the next page, to be sent as it is; null on the last", examples=[17]),
]


class RequestBody(BaseModel):
    """The body of a request. A yes or no is no number in it (RFC 8259, section 3), although Python counts with them."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_boolean_is_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = set(_kinds(cls.model_fields[info.field_name or ""].annotation))
        if {int, float} & kinds and not {bool, Any} & kinds and _holds_boolean(value):
            raise TranslatableError("is yes or no, and not a number")
        return value


def _holds_boolean(value: object) -> bool:
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(isinstance(one, bool) for one in values)


def _kinds(annotation: Any) -> Iterator[Any]:
    """Yield a type, and those of which it is made."""
    if isinstance(annotation, type) or annotation is Any:
        yield annotation
    for within in get_args(annotation):
        yield from _kinds(within)


class ProblemDetails(BaseModel):
    """What went wrong and how to mend it (RFC 9457)."""

    type: str = Field(examples=["/problems/not-found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["job 17 does not exist; look for it in the list"])
    errors: list[dict[str, str]] = Field(default=[], examples=[[{"at": "body.name", "message": "Field required"}]])
