"""Hands mail to Amazon SES (API v2, SendEmail with a raw message).

SES has no client token: what was sent twice arrives twice. So boto3's own retries are off, and where no answer came the
mail is unsettled. Errors are those of the API reference, "SendEmail" and "Common Errors".
"""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSLError,
)

from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable, Unsettled
from integrations.guard import Guard
from integrations.mail_provider import Receipt
from integrations.smtp.message import ComposedMail, Signer
from integrations.storage.s3_connections import CONNECT_S, READ_S, GuardedSession, calling
from rules.mail.mail_provider_address import SesAddress

_LONGEST_WORDS = 300
_DEADLINE_S = 60.0
_SLOWER = frozenset({"TooManyRequestsException", "Throttling", "ThrottlingException", "LimitExceededException"})
_OURS = frozenset({
    "AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException",
})  # fmt: skip
"""Refusals that are about the account, not the mail: they end when somebody sets it right."""

_NEVER_SENT = (
    ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, PartialCredentialsError, SSLError,
)  # fmt: skip
"""Errors of boto3 that come before the request went out."""

_BAD_REQUEST, _FORBIDDEN, _TOO_MANY, _UNAVAILABLE = 400, (401, 403), 429, 503


class SesProvider:
    """A region of SES, over connections that go through the guard."""

    service = "ses"

    def __init__(
        self, address: SesAddress, *, guard: Guard, ca_file: Path | None = None, sign: Signer | None = None
    ) -> None:
        self._address = address
        self._sign = sign
        keys = {"aws_access_key_id": address.access_key, "aws_secret_access_key": address.secret_key}
        session: Any = boto3.session.Session()
        client: Any = session.client(
            "sesv2",
            region_name=address.region,
            endpoint_url=address.endpoint,
            config=Config(
                retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=CONNECT_S, read_timeout=READ_S
            ),
            **(keys if address.access_key else {}),
        )
        client._endpoint.http_session = GuardedSession(guard, ca_file)  # noqa: SLF001 - boto3 has no other way in
        self._client: Any = client

    @property
    def server(self) -> str:
        """The endpoint's host."""
        return self._address.server

    def send(self, message: EmailMessage, *, sender: str, recipients: Sequence[str]) -> Receipt:
        """Hand ``message`` to SES for all ``recipients``, of whom it takes all or none.

        The effect has an unknown window: the whole call. Raises Throttled, Unavailable, Rejected or Unsettled.
        """
        mail = ComposedMail.of(message, sender=sender, recipients=recipients, sign=self._sign)
        if mail.international:
            raise Rejected("SES does not take addresses with letters beyond ASCII before the @")
        asked: dict[str, Any] = {
            "FromEmailAddress": mail.sender,
            "Destination": {"ToAddresses": list(mail.recipients.values())},
            "Content": {"Raw": {"Data": mail.raw}},
        }
        if self._address.configuration_set:
            asked["ConfigurationSetName"] = self._address.configuration_set
        answer = self._asked("send_email", asked, acts=True)
        number = str(answer.get("MessageId", ""))[:200]
        if not number:
            raise Unsettled("SES answered without a MessageId")
        return Receipt(reply=f"SES {number}", refused={}, provider_id=number)

    def check(self) -> None:
        """Ask for the account, which has to be allowed to send."""
        account = self._asked("get_account", {}, acts=False)
        if not account.get("SendingEnabled", True):
            raise Unavailable("the account may not send: see its SES console")

    def close(self) -> None:
        """Close the connections that are kept."""
        self._client.close()

    def _asked(self, operation: str, asked: Mapping[str, Any], *, acts: bool) -> Mapping[str, Any]:
        deadline = Deadline.after(_DEADLINE_S)
        try:
            with calling(deadline):
                return cast("Mapping[str, Any]", getattr(self._client, operation)(**asked))
        except ClientError as error:
            raise _refusal(cast("Mapping[str, Any]", error.response), acts=acts) from error
        except ParamValidationError as error:
            raise Rejected(f"SES cannot be asked so: {str(error)[:_LONGEST_WORDS]}") from error
        except (BotoCoreError, OSError, ValueError) as error:
            raise _lost(error, acts=acts) from error


def _refusal(response: Mapping[str, Any], *, acts: bool) -> IntegrationError:
    error: Mapping[str, Any] = response.get("Error", {})
    code, words = str(error.get("Code", ""))[:60], str(error.get("Message", ""))[:_LONGEST_WORDS]
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"SES: {code} ({status}) {words}".rstrip()
    if code in _SLOWER or status == _TOO_MANY:
        return Throttled(said)
    if code in _OURS or status in _FORBIDDEN or status == _UNAVAILABLE:
        return Unavailable(said)
    if _BAD_REQUEST <= status < 500:  # noqa: PLR2004 - what is ours to mend
        return Rejected(said)
    return Unsettled(said) if acts else Unavailable(said)


def _lost(error: Exception, *, acts: bool) -> IntegrationError:
    """Return what an error without an answer means: before the request went out it surely was not taken."""
    inner = getattr(error, "kwargs", {}).get("error")
    while isinstance(inner, Exception):
        if isinstance(inner, IntegrationError):  # the guard's, or that nobody could be reached
            return inner
        inner = inner.__cause__ or inner.__context__
    if isinstance(error, _NEVER_SENT) or not acts:
        return Unavailable(f"SES was not reached: {type(error).__name__}")
    return Unsettled(f"SES was asked, and its answer was lost: {type(error).__name__}")
