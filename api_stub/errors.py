"""Which exception is which problem. One that is not listed is a bug: 500, logged, and not explained to the caller."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api_stub import problems
from api_stub.problems import Problem, ProblemKind
from db import connection
from db.ledger import staff_actions
from db.paging import BadCursor
from rules import translatable
from rules.bank.bank_file import BadBankFile
from rules.billing.crediting import NotCreditable
from rules.documents.objections import ObjectionKind
from rules.names import NotAHost, NotRegistrable
from rules.translatable import Translatable
from schedules.clock import UnknownSchedule
from schedules.cron import BadSchedule
from tasks.documents import document_actions
from tasks.documents.intake import NotNow, NotTaken, UploadsOff
from tasks.engine.errors import BadArguments, UnknownTask
from tasks.payments import collection
from wording import document_objections
from wording.messages import N_

log = structlog.get_logger()

_KINDS: Mapping[int, ProblemKind] = {
    400: "bad-request",
    401: "sign-in-needed",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
}
_ADVICE = {
    400: "The request could not be read; see /api/docs",
    404: N_("There is nothing at this address"),
    405: "This address does not take this method; the header Allow lists those it takes",
}
_LONGEST_VALUE = 200

MakeProblem = Callable[[Exception], Problem]


def _unprocessable(error: Exception) -> Problem:
    return Problem(422, "bad-values", str(error))


def _missing(error: Exception) -> Problem:
    return Problem(404, "not-found", str(error))


def _conflict(error: Exception) -> Problem:
    return Problem(409, "conflict", str(error))


def _unreachable(error: Exception) -> Problem:
    log.warning("database_away", error=str(error))
    return problems.unavailable("The database")


def _invalid(error: Exception) -> Problem:
    """Name each value that is wrong, and why, without repeating the value."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = complaints_of(error.errors())
    complaints = "; ".join(f"{one['at']}: {one['message']}" for one in found[:5])
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return Problem(400, "bad-json", f"The body is not JSON: {complaints}", errors=found)
    return Problem(422, "bad-values", f"Some values cannot be used: {complaints}", errors=found)


def complaints_of(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return where Pydantic's errors are and what they complain about."""
    return [
        {"at": ".".join(str(part)[:_LONGEST_VALUE] for part in one["loc"]), "message": _complaint(one)}
        for one in errors
    ]


_DAY = Translatable("is no day; write it as 2026-01-31")
_WHOLE = Translatable("is no whole number")
_NUMBER = Translatable("is no number; write it as 1.5")
_MOMENT = Translatable("is no moment; write it as 2026-01-31T09:00:00Z")
_COMPLAINTS: Mapping[str, Translatable] = {
    "missing": Translatable("is missing"),
    "extra_forbidden": Translatable("is no field"),
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_parsing": Translatable("is neither yes nor no"),
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": Translatable("must name its zone, such as Z for UTC"),
}


_BOUNDS: Mapping[str, str] = {
    "json_invalid": N_("{error} at this character"),
    "string_pattern_mismatch": N_("is not written as it must be: {pattern}"),
    "enum": N_("is none of {expected}"),
    "literal_error": N_("is none of {expected}"),
    "greater_than_equal": N_("Input should be greater than or equal to {ge}"),
    "less_than_equal": N_("Input should be less than or equal to {le}"),
    "greater_than": N_("Input should be greater than {gt}"),
    "less_than": N_("Input should be less than {lt}"),
}
"""Complaints that name a bound: the kind of Pydantic's error -> a message, filled from the error's context."""


def _complaint(one: Mapping[str, Any]) -> str:
    """Return Pydantic's complaint in words for a reader who does not know Pydantic."""
    kind, given = str(one["type"]), one.get("ctx", {})
    if isinstance(error := given.get("error"), ValueError):
        return translatable.of_error(error)
    if message := _BOUNDS.get(kind):
        return Translatable(message, **{name: str(bound) for name, bound in given.items() if f"{{{name}}}" in message})
    words = _length(kind, given) if isinstance(one.get("input"), str) else None
    return _COMPLAINTS.get(kind) or words or str(one["msg"])


def _length(kind: str, given: Mapping[str, Any]) -> Translatable | None:
    """Return the complaint about a text that is too short or too long."""
    match kind, given:
        case (("string_too_short" | "too_short"), {"min_length": 1}):
            return Translatable("must not be empty")
        case (("string_too_short" | "too_short"), {"min_length": least}):
            return Translatable("must have at least {number} characters", number=str(least))
        case (("string_too_long" | "too_long"), {"max_length": most}):
            return Translatable("must have at most {number} characters", number=str(most))
        case _:
            return None


def _http(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if not isinstance(error, HTTPException):
        raise error
    code = error.status_code
    return Problem(code, _KINDS.get(code, "refused"), _ADVICE.get(code, str(error.detail)), headers=error.headers)


def _not_taken(error: Exception) -> Problem:
    if not isinstance(error, NotTaken):
        raise error
    said = document_objections.sentence(error.objection)
    if error.objection.kind is ObjectionKind.TOO_LARGE:
        return Problem(413, "too-large", said, headers={"Connection": "close"})
    return Problem(422, "not-taken", said, headers={"Connection": "close"})


def _not_now(error: Exception) -> Problem:
    log.warning("upload_not_stored", error=str(error))
    return problems.unavailable("The storage of documents")


_PROBLEMS: dict[type[Exception], MakeProblem] = {
    HTTPException: _http,
    RequestValidationError: _invalid,
    BadArguments: _unprocessable,
    BadCursor: _unprocessable,
    BadSchedule: _unprocessable,
    NotAHost: _unprocessable,
    NotRegistrable: _unprocessable,
    NotTaken: _not_taken,
    NotNow: _not_now,
    UploadsOff: lambda error: Problem(409, "uploads-off", str(error), headers={"Connection": "close"}),
    UnknownTask: _missing,
    UnknownSchedule: _missing,
    staff_actions.NotPossible: _conflict,
    collection.NotCollectable: _conflict,
    NotCreditable: _conflict,
    document_actions.StillKept: _conflict,
    document_actions.KeptAgain: _conflict,
    BadBankFile: lambda error: Problem(422, "not-taken", f"The file was not taken: {error}"),
    connection.Conflict: lambda _error: Problem(409, "conflict", "This is taken, or something else still needs it"),
    **dict.fromkeys(connection.Unreachable, _unreachable),
}


def install(app: FastAPI) -> None:
    """Make the app answer its exceptions as problems."""
    for kind, make in _PROBLEMS.items():
        app.add_exception_handler(kind, _handler(make))


def _handler(make: MakeProblem) -> Callable[[Request, Exception], Response]:
    async def handle(request: Request, error: Exception) -> Response:
        problem = make(error)
        show_form: problems.FormRenderer | None = getattr(request.app.state, "show_form_again", None)
        again = await show_form(request, problem) if show_form else None
        return again or problems.answer(request, problem)

    return handle  # type: ignore[return-value] - Starlette takes both kinds
