"""Where programs hand in what came back about our mails: raw messages, and notifications of SNS.

no token in the settings: 404 -> token not shown, or wrong: 401 -> a message: taken in at once
                                                                -> one of SNS: a job verifies its signature
"""

import hmac
from base64 import b64decode
from binascii import Error as BadBase64
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel, Field
from starlette.requests import Request

import settings
from api_stub.problems import Problem
from api_stub.routes import router
from db import connection
from rules.mail import sns
from rules.mail.mail_outcomes import NoticeKind
from rules.mail.sns import NotFromSns
from tasks.mail import bounces, returned

routes = router(tags=["webhooks"])


class ReturnedMail(BaseModel):
    """What was read of a message: the mail that it is about, null where it is about none of ours."""

    mail_id: int | None = Field(examples=[31])
    kind: NoticeKind | None = Field(examples=["unknown_recipient"])
    new: bool = Field(description="False where it was handed in before", examples=[True])


class SnsTaken(BaseModel):
    """A message of SNS is queued; its signature is verified by a job."""

    job: int = Field(examples=[42])


async def _raw_message(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_message)]
Authorization = Annotated[str, Header()]


@routes.post("/webhooks/mail", include_in_schema=False)
def take_returned_mail(body: RawBody, authorization: Authorization = "") -> ReturnedMail:
    """Read a message that came back (message/rfc822)."""
    _require_token(authorization)
    with connection.transaction():
        taken = returned.take_in(body, source="hook")
    return ReturnedMail(mail_id=taken.mail_id, kind=taken.kind, new=taken.new)


@routes.post("/webhooks/sns", include_in_schema=False)
def take_sns(body: RawBody, authorization: Authorization = "") -> SnsTaken:
    """Queue a message of SNS, whose endpoint is ``https://sns:TOKEN@nolapse.example/webhooks/sns``."""
    _require_token(authorization)
    try:
        sns.require_topic(sns.read(body), settings.current().mail_sns_topics)
    except NotFromSns as error:
        raise Problem(400, "bad-webhook", f"This is not taken as a message of SNS: {error}") from None
    return SnsTaken(job=bounces.take_sns.enqueue(body=body.decode("utf-8", "replace")).job_id)


def _require_token(authorization: str) -> None:
    """Raise ``Problem`` unless the token of the settings is shown: as Bearer, or as the password of Basic."""
    wanted = settings.current().mail_hook_token
    if wanted is None:
        raise Problem(404, "not-found", "Nothing is taken here: NOLAPSE_MAIL_HOOK_TOKEN is not set")
    if not hmac.compare_digest(_token_shown(authorization).encode(), wanted.get_secret_value().encode()):
        challenge = {"WWW-Authenticate": 'Basic realm="nolapse"'}
        raise Problem(401, "sign-in-needed", "Show NOLAPSE_MAIL_HOOK_TOKEN", headers=challenge)


def _token_shown(authorization: str) -> str:
    kind, _, given = authorization.partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return b64decode(given.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
    except (BadBase64, ValueError):
        return ""
