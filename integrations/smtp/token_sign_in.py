"""Signs in to a relay by a token in place of a password: SASL's XOAUTH2, as Google and Microsoft have it."""

import smtplib
from base64 import b64decode, b64encode

from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.oauth_tokens import TokenSource
from rules.mail import oauth_tokens

SIGNED_IN = 235
CHALLENGE = 334


def sign_in(session: smtplib.SMTP, user: str, tokens: TokenSource, deadline: Deadline) -> None:
    """Sign in with XOAUTH2. The response is a line of its own: AUTH's would be longer than it may be (RFC 4954)."""
    if "XOAUTH2" not in session.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("it does not offer XOAUTH2: it has no auth=xoauth2")
    token = tokens.current(deadline)
    code, said = session.docmd("AUTH", "XOAUTH2")
    if code == CHALLENGE:
        code, said = session.docmd(b64encode(oauth_tokens.initial_response(user, token)).decode())
    explained = b""
    if code == CHALLENGE:  # it explains why it refuses, and refuses once that is answered by an empty line
        explained = _decoded(said)
        code, said = session.docmd("")
    if code != SIGNED_IN:
        if 500 <= code < 600:  # noqa: PLR2004 -- RFC 4954, section 6: one for now is not about the token
            tokens.refused(token)
        reply = f"{code} {said.decode('utf-8', 'replace')}"
        told = oauth_tokens.refusal(reply, explained, user=user, token=token)
        raise Unavailable(f"the relay has not taken the mail: {told}")


def _decoded(challenge: bytes) -> bytes:
    try:
        return b64decode(challenge)
    except ValueError:
        return b""
