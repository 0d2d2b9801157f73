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
from rules.bank.bank_file import BadBankFile
from rules.billing.crediting import NotCreditable
from rules.documents.objections import ObjectionKind
from rules.names import NotAHost, NotRegistrable
from schedules.clock import UnknownSchedule
from schedules.cron import BadSchedule
from tasks.documents.intake import NotNow, NotTaken, UploadsOff
from tasks.engine.errors import BadArguments, UnknownTask
from tasks.payments import collection
from wording import document_objections

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
    404: "There is nothing at this address",
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


_COMPLAINTS = {
    "missing": "is missing",
    "json_invalid": "{error} at this character",
    "string_pattern_mismatch": "is not written as it must be: {pattern}",
    "date_parsing": "is no day; write it as 2026-01-31",
    "date_from_datetime_parsing": "is no day; write it as 2026-01-31",
    "int_parsing": "is no whole number",
    "int_from_float": "is no whole number",
    "enum": "is none of {expected}",
    "literal_error": "is none of {expected}",
}


def _complaint(one: Mapping[str, Any]) -> str:
    """Return Pydantic's complaint as somebody reads it who does not know Pydantic."""
    if words := _COMPLAINTS.get(one["type"]):
        return words.format_map(one.get("ctx", {}))
    match one["type"], one.get("input"), one.get("ctx", {}):
        case "too_short", str(), {"min_length": 1}:
            return "must not be empty"
        case "too_short", str(), {"min_length": least}:
            return f"must have at least {least} characters"
        case "too_long", str(), {"max_length": most}:
            return f"must have at most {most} characters"
        case _:
            return str(one["msg"]).removeprefix("Value error, ")


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
    collection.NotPossible: _conflict,
    NotCreditable: _conflict,
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
