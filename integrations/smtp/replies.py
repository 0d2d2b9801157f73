"""What a relay's replies mean for a mail (RFC 5321, section 4.2.1)."""

import re
import smtplib

from integrations.errors import Deferred, Rejected, Throttled, Unavailable

SERVICE_CLOSING = 421
MAX_DESCRIPTION = 500  # characters

_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
_GREYLISTED_S = 300.0
"""Who greylists wants to see the same mail again after some minutes, and not before."""

_TOO_OFTEN = re.compile(r"too many|throttl|\brate\b|slow down|\b4\.7\.28\b", re.IGNORECASE)


def untaken(error: OSError) -> Unavailable:
    """Return what a failure before the final dot means for the mail: it may be sent again.

    That goes for a refused sign-in too. It is about us, not about the mail, and ends when somebody sets it right.
    """
    if isinstance(error, smtplib.SMTPResponseException):
        description = described(error.smtp_code, error.smtp_error)
    else:
        description = _printable(str(error) or type(error).__name__)
    kind = Throttled if _TOO_OFTEN.search(description) else Unavailable
    return kind(f"the relay has not taken the mail: {description}")


def require_open(code: int, text: bytes) -> None:
    """Raise Unavailable where a reply says that the relay closes the channel (RFC 5321, section 3.8)."""
    if code == SERVICE_CLOSING:
        raise refusal(code, described(code, text))


def refusal(code: int, description: str, *, of_mail: bool = False) -> Rejected | Unavailable:
    """Return what a reply other than "yes" before the final dot, or a "no" after it, means for the mail.

    One that is ``of_mail`` is about its recipient or its text: the relay itself is well.
    """
    if 500 <= code < 600:  # noqa: PLR2004 -- RFC 5321 section 4.2.1: a client goes by the first digit
        return Rejected(description)
    if _TOO_OFTEN.search(description):
        return Throttled(description)
    if of_mail and is_negative(code):
        return Deferred(description, retry_after=_GREYLISTED_S if _GREYLISTED.search(description) else None)
    return Unavailable(description)


def is_positive(code: int) -> bool:
    """Tell whether a reply says yes."""
    return 200 <= code < 300  # noqa: PLR2004 -- RFC 5321 section 4.2.1, as above


def is_negative(code: int) -> bool:
    """Tell whether a reply says no, for now or for good."""
    return 400 <= code < 600  # noqa: PLR2004 -- RFC 5321 section 4.2.1, as above


def described(code: int, text: bytes | str) -> str:
    """Return a reply on one line."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return _printable(f"{code} {text}")


def _printable(text: str) -> str:
    """Return the relay's words on one line, without what a log or a page could trip over."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_DESCRIPTION]
