"""Messages of Amazon SNS over HTTP, and their signatures.

Source: AWS, "Verifying the signatures of Amazon SNS messages": the fields that are signed, in their order, each as its
name, a line end, its value, a line end; version 1 is RSA with SHA-1, version 2 with SHA-256. The certificate counts
only where AWS itself serves it.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

LARGEST: Final = 256 * 1024
"""Bytes that a message of SNS may have."""

_HOST = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?")
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_NEEDED = ("Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature", "SignatureVersion", "SigningCertURL")
_DIGESTS = {"1": SHA1, "2": SHA256}  # version 1 is what AWS sends unless a topic says otherwise


class NotFromSns(ValueError):
    """Raised for a message that is not one of SNS, or not signed by it; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """A message as it came. Its fields must not be trusted before ``verify``."""

    fields: dict[str, str]

    @property
    def kind(self) -> str:
        return self.fields["Type"]

    @property
    def topic(self) -> str:
        return self.fields["TopicArn"]

    @property
    def certificate_url(self) -> str:
        """The URL of the certificate that signed it. Raises ``NotFromSns`` where AWS does not serve that URL."""
        return _of_aws(self.fields["SigningCertURL"], ending=".pem")

    @property
    def subscribe_url(self) -> str:
        """The URL that confirms a subscription. Raises ``NotFromSns`` where AWS does not serve that URL."""
        return _of_aws(self.fields.get("SubscribeURL", ""))


def read(body: bytes | str) -> SnsMessage:
    """Read a message. Raises ``NotFromSns``."""
    if len(body) > LARGEST:
        raise NotFromSns("it is larger than a message of SNS may be")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotFromSns("it is no JSON") from None
    if not isinstance(document, dict):
        raise NotFromSns("it is no JSON object")
    given = cast("dict[str, object]", document)
    fields = {name: value for name, value in given.items() if isinstance(value, str)}
    if missing := [name for name in _NEEDED if name not in fields]:
        raise NotFromSns(f"it has no {missing[0]}")
    if fields["Type"] not in _SIGNED:
        raise NotFromSns(f"its type is {fields['Type'][:40]!r}")
    return SnsMessage(fields)


def require_topic(message: SnsMessage, topics: Sequence[str]) -> None:
    """Raise ``NotFromSns`` for a message of a topic that is not among ours."""
    if message.topic not in topics:
        raise NotFromSns("its topic is not among NOLAPSE_MAIL_SNS_TOPICS")


def verify(message: SnsMessage, certificate: bytes) -> None:
    """Raise ``NotFromSns`` unless the key of a certificate (PEM) has signed the message."""
    digest = _DIGESTS.get(message.fields["SignatureVersion"])
    if digest is None:
        raise NotFromSns("its signature is of another version than 1 and 2")
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        signature = base64.b64decode(message.fields["Signature"], validate=True)
    except (ValueError, binascii.Error, x509.InvalidVersion, UnsupportedAlgorithm):
        raise NotFromSns("its signature or certificate cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise NotFromSns("its certificate has no RSA key")
    try:
        key.verify(signature, signed_text(message), PKCS1v15(), digest())
    except InvalidSignature:
        raise NotFromSns("its signature is wrong") from None


def signed_text(message: SnsMessage) -> bytes:
    """Return the text that a message's signature is made of."""
    names = [name for name in _SIGNED[message.kind] if name in message.fields]
    return "".join(f"{name}\n{message.fields[name]}\n" for name in names).encode("utf-8", "replace")


def _of_aws(url: str, *, ending: str = "") -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotFromSns("it names an address that is none") from None
    known = parts.scheme == "https" and _HOST.fullmatch(parts.hostname or "") and port in (None, 443)
    if not known or parts.username or not parts.path.endswith(ending):
        raise NotFromSns("it names an address that is not SNS's own")
    return url
