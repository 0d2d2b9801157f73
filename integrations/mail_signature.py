"""Signs mails with DKIM (RFC 6376): RSA or Ed25519 (RFC 8463), headers and body relaxed."""

from integrations.errors import Rejected
from integrations.smtp.message import Signer

_HEADERS = [
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"MIME-Version", b"Content-Type",
    b"Content-Transfer-Encoding", b"List-Unsubscribe", b"List-Unsubscribe-Post", b"Auto-Submitted",
]  # fmt: skip
"""Those that a receiver shows or goes by (RFC 6376, section 5.4.1)."""


def signer(key: str, *, selector: str, domain: str) -> Signer:
    """Return the function that signs messages of ``domain`` with a private key, RSA in PEM or Ed25519 in base64.

    Signing raises Rejected where the key cannot be read.
    """
    algorithm = b"ed25519-sha256" if "BEGIN" not in key else b"rsa-sha256"

    def sign(raw: bytes) -> bytes:
        import dkim  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  a tenth of a second of each start

        try:
            signature = dkim.sign(  # pyright: ignore[reportUnknownMemberType] - its types are in part unknown
                raw,
                selector.encode(),
                domain.encode("idna"),
                key.encode(),
                canonicalize=(b"relaxed", b"relaxed"),
                signature_algorithm=algorithm,
                include_headers=[name for name in _HEADERS if b"\r\n" + name.lower() + b":" in b"\r\n" + raw.lower()],
                linesep=b"\r\n",
            )
        except (dkim.DKIMException, ValueError) as error:
            raise Rejected(f"the mail cannot be signed: {type(error).__name__}") from None
        return signature + raw

    return sign
