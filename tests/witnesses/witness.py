"""What a witness is asked, and what it says."""

from dataclasses import dataclass

from rules.certificates.observation import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A server: where it listens, and the host that it is asked for."""

    name: str
    host: str
    address: str
    port: int
    protocol: Protocol = Protocol.TLS


@dataclass(frozen=True, slots=True)
class Said:
    """What a witness says of a server: whether it is sound (None: it could not say), why not, the leaf's SHA-256."""

    sound: bool | None
    words: str = ""
    fingerprint: str = ""
