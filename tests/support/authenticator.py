"""An authenticator in software (CTAP2's answers as browsers pass them on), which can be told to misbehave."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """Holds one passkey of one site. What is set before an answer is what the answer says."""

    origin: str
    rp_id: str | None = None
    """By default the host of the origin, as browsers insist on."""

    flags: int = PRESENT | VERIFIED
    counts: bool = True
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes | None = None

    def create(self, options: dict[str, Any], **client: str) -> dict[str, Any]:
        """Answer ``navigator.credentials.create``."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + self._attested()}
        client_data = self._client_data("webauthn.create", options["challenge"], **client)
        return self._credential(clientDataJSON=client_data, attestationObject=cbor2.dumps(attestation))

    def get(self, options: dict[str, Any], **client: str) -> dict[str, Any]:
        """Answer ``navigator.credentials.get``."""
        client_data = self._client_data("webauthn.get", options["challenge"], **client)
        data = self._data(0)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": client_data, "authenticatorData": data, "signature": signed}
        return self._credential(**answer, **({"userHandle": self.handle} if self.handle is not None else {}))

    def _credential(self, **response: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        written = {key: bytes_to_base64url(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": written, "clientExtensionResults": {}}

    def _client_data(self, kind: str, challenge: str, **changes: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **changes}).encode()

    def _data(self, more_flags: int) -> bytes:
        self.count += self.counts
        rp_id = self.rp_id or self.origin.partition("://")[2].partition(":")[0]
        return (
            hashlib.sha256(rp_id.encode()).digest() + bytes([self.flags | more_flags]) + self.count.to_bytes(4, "big")
        )

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        length = len(self.credential_id).to_bytes(2, "big")
        return bytes(16) + length + self.credential_id + cbor2.dumps(public)
