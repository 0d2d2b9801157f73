"""Standard Webhooks: the body of a message, and the headers by which its receiver knows who sent it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256


def body(kind: str, data: Mapping[str, object], *, at: datetime) -> bytes:
    """Return a message as it is sent: its type, when it happened, and what."""
    document = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(document, separators=(",", ":")).encode()


def headers(message_id: str, sent: bytes, *, keys: Sequence[bytes], at: datetime) -> dict[str, str]:
    """Return the headers of one try: the message keeps its id, each try has its own time; a signature for each key."""
    moment = str(int(at.timestamp()))
    signed = f"{message_id}.{moment}.".encode() + sent
    macs = (b64encode(hmac.digest(key, signed, sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{mac}" for mac in macs),
    }
