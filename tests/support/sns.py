"""Messages of Amazon SNS, signed by the key of a made-up certificate."""

import base64
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from rules.mail import sns
from rules.mail.sns import SnsMessage

TOPIC = "arn:aws:sns:eu-central-1:123456789012:mails"
HOST = "sns.eu-central-1.amazonaws.com"
CERTIFICATE_PATH = "/SimpleNotificationService-made-up.pem"
SES_ID = "0102018c0000-made-up"


class SnsSigner:
    """A made-up certificate, and messages that its key signs as SNS does."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        self.pem = made.sign(self.key, SHA256()).public_bytes(Encoding.PEM)

    def body(self, told: object, *, version: str = "2", **changes: str) -> str:
        """Return a message that tells of something, with some of its fields changed before it is signed."""
        fields = {
            "Type": "Notification",
            "MessageId": "m",
            "TopicArn": TOPIC,
            "Message": json.dumps(told),
            "Timestamp": "2026-11-29T00:00:00.000Z",
            "SignatureVersion": version,
            "SigningCertURL": f"https://{HOST}{CERTIFICATE_PATH}",
            **changes,
        }
        digest = SHA1() if version == "1" else SHA256()  # noqa: S303 - as AWS does
        signature = self.key.sign(sns.signed_text(SnsMessage(fields)), PKCS1v15(), digest)
        return json.dumps({**fields, "Signature": base64.b64encode(signature).decode()})


def told(kind: str, **more: object) -> dict[str, object]:
    """Return an event of SES about the mail that it took as ``SES_ID``."""
    return {"eventType": kind, "mail": {"messageId": SES_ID}, **more}


def bounced(recipient: str) -> dict[str, object]:
    """Return the event that a recipient is unknown."""
    one = {"emailAddress": recipient, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
    return told("Bounce", bounce={"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [one]})
