"""What an endpoint's refusals mean for us: try again, more slowly, or never.

Codes are those of the S3 API reference, "Error responses", and what MinIO, R2 and Ceph say in their place.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from urllib3.exceptions import HTTPError

from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.storage import Missing

_LONGEST_WORDS = 200
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
_SLOWER = frozenset({"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "503"})
_PASSING = {
    "RequestTimeTooSkewed": "this machine's clock and the endpoint's differ too much: set them",
    "RequestTimeout": "the endpoint waited too long for us",
    "BadDigest": "the bytes were damaged on their way",
    "InvalidDigest": "the bytes were damaged on their way",
    "XAmzContentSHA256Mismatch": "the bytes were damaged on their way",
    "XAmzContentChecksumMismatch": "the bytes were damaged on their way",
    "IncompleteBody": "the bytes did not all arrive",
    "OperationAborted": "somebody else writes the same",
    "ConditionalRequestConflict": "somebody else writes the same",
    "ExpiredToken": "the role's keys have expired and were not renewed yet",
    "TokenRefreshRequired": "the role's keys have expired and were not renewed yet",
    "InternalError": "the endpoint has a trouble of its own",
}
"""Refusals below 500 that pass, and what we make of them."""

_SERVER_ERROR = 500
_TOO_MANY = 429


@contextmanager
def translated(what: str, deadline: Deadline) -> Generator[None]:
    """Raise ``IntegrationError`` in place of whatever boto3 raises in the block; ``what`` says what was done."""
    try:
        yield
    except IntegrationError:
        raise
    except ClientError as error:
        raise _refusal(what, cast("Mapping[str, Any]", error.response)) from error
    except ParamValidationError as error:
        raise Rejected(f"{what}: {str(error)[:_LONGEST_WORDS]}") from error
    except (BotoCoreError, HTTPError, HTTPException, OSError, ValueError) as error:
        deadline.left()  # being cut off is like a hang-up; what is late is to be called late
        raise _trouble(what, error) from error


def _refusal(what: str, response: Mapping[str, Any]) -> IntegrationError:
    error: Mapping[str, Any] = response.get("Error", {})
    code, words = str(error.get("Code", ""))[:60], str(error.get("Message", ""))[:_LONGEST_WORDS]
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{what}: {code} ({status}) {words}".rstrip()
    if code in _ABSENT:
        return Missing(said)
    if code in _SLOWER or status == _TOO_MANY:
        return Throttled(said, retry_after=_retry_after(response))
    if code in _PASSING:
        return Unavailable(f"{said}: {_PASSING[code]}")
    if status >= _SERVER_ERROR or not status:
        return Unavailable(said, retry_after=_retry_after(response))
    return Rejected(said)


def _retry_after(response: Mapping[str, Any]) -> float | None:
    given = str(response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", ""))
    return float(given[:9]) if given.isascii() and given.isdigit() else None


def _trouble(what: str, error: Exception) -> IntegrationError:
    """Return the ``IntegrationError``, as the guard's, behind an error of boto3; ``Unavailable`` if there is none."""
    inner = getattr(error, "kwargs", {}).get("error")
    while isinstance(inner, Exception):
        if isinstance(inner, IntegrationError):
            return inner
        inner = inner.__cause__ or inner.__context__
    return Unavailable(f"{what}: {type(error).__name__}")
