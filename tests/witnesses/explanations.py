"""Why a witness may say something else than we do: known reasons, each for certain faults or for certain servers.

A difference that is not here fails the run, and so does a reason that no difference needs any more.
"""

from dataclasses import dataclass, field

from rules.certificates.faults import FaultKind
from tests.witnesses.witness import Said

OPENSSL, SSLYZE = "openssl", "sslyze"


@dataclass(slots=True)
class Explanations:
    """The reasons of one witness. ``meanings`` say which faults its words stand for: the first that they contain."""

    overlooked: dict[FaultKind, str]
    """Kinds that it does not look for: it finds a server sound that has no other."""
    servers: dict[str, str]
    """Single configurations, by name."""
    meanings: tuple[tuple[str, frozenset[FaultKind]], ...]
    by_chance: frozenset[str] = frozenset()
    """Those of ``servers`` of which it says now this, now that."""
    used: set[str] = field(default_factory=set[str])

    def differ(self, faults: frozenset[FaultKind], said: Said) -> bool:
        """Whether the witness disagrees: on whether the server is sound, or on what is wrong with it."""
        if said.sound is None or said.sound != (not faults):
            return True
        meant = self._meant(said.words)
        return bool(faults and meant and not meant & faults)

    def explain(self, name: str, faults: frozenset[FaultKind], said: Said) -> str | None:
        """Return why they differ, None where nobody knows."""
        if name in self.servers:
            self.used.add(name)
            return self.servers[name]
        if said.sound and faults and all(fault in self.overlooked for fault in faults):
            self.used |= faults
            return " ".join(self.overlooked[fault] for fault in sorted(faults))
        return None

    @property
    def unused(self) -> tuple[str, ...]:
        return tuple(sorted({*self.overlooked, *self.servers} - self.used - self.by_chance))

    def _meant(self, words: str) -> frozenset[FaultKind]:
        return next((faults for part, faults in self.meanings if part in words), frozenset())


def _of(*meanings: tuple[str, *tuple[FaultKind, ...]]) -> tuple[tuple[str, frozenset[FaultKind]], ...]:
    return tuple((words, frozenset(faults)) for words, *faults in meanings)


_LENIENT = "OpenSSL checks RFC 5280's profile only when asked to (-x509_strict)."
_COMMON_NAME = "OpenSSL falls back to the common name where there is no DNS name; RFC 9525, 2, forbids it."
_INVALID = "OpenSSL does not use a certificate that it finds invalid, and then misses an issuer."
_ONE_CANDIDATE = "OpenSSL follows the first certificate that is sent for an issuer, and tries no second one."
_STRICT_ORDER = (
    "sslyze wants each certificate to certify the one before it, as RFC 5246 did; RFC 8446, 4.4.2, does not."
)
_STAPLE_TIME = "sslyze does not look at the time of a staple."
_NOW = "It judges this moment alone, in which the chain is valid."
_ONE_KIND = "It offers all algorithms at once, and sees the one certificate that the server prefers."
_KEY_IDS = "sslyze's verifier demands key identifiers, as CAs must write them; without them the path still holds."


def explanations() -> dict[str, Explanations]:
    """Return the reasons of each witness, none of them used yet."""
    return {OPENSSL: _openssl(), SSLYZE: _sslyze()}


def _openssl() -> Explanations:
    return Explanations(
        overlooked={
            FaultKind.RENEWAL_LATE: "OpenSSL knows no habit of renewal.",
            FaultKind.WRONG_ORDER: "OpenSSL finds the path in any order.",
            FaultKind.LIFETIME_TOO_LONG: "OpenSSL knows no rules of browsers about lifetimes.",
            FaultKind.SCTS_MISSING: "OpenSSL looks at SCTs only when asked to (-ct).",
            FaultKind.DISTRUSTED: "OpenSSL trusts a root that it is given.",
            FaultKind.REVOKED: "OpenSSL fetches no CRL, and s_client does not judge staples.",
            FaultKind.REVOCATION_UNKNOWN: "s_client does not judge staples.",
            FaultKind.STAPLE_MISSING: "OpenSSL does not act on the TLS feature extension.",
            FaultKind.CHAIN_ENDING: _NOW,
            FaultKind.OUTDATED_HANDSHAKE: "OpenSSL speaks more than browsers do, and asks for no more than it needs.",
        },
        servers={
            "common-name-alone": _COMMON_NAME,
            "named-by-url": _COMMON_NAME,
            "negative-serial": _LENIENT,
            "issuer-without-a-name": _LENIENT,
            "extension-twice": _INVALID,
            "two-algorithms": "OpenSSL takes a second algorithm for a signature that fails.",
            "torn-constraints": _INVALID,
            "cross-signed-by-a-stranger": _ONE_CANDIDATE,
            "expired-beside-another-kind": _ONE_KIND,
            "client-certificate": "s_client has no certificate for who wants one; what the server shows is sound.",
        },
        meanings=_of(
            ("(10)", FaultKind.EXPIRED, FaultKind.EXPIRED_ISSUER),
            ("(9)", FaultKind.NOT_YET_VALID),
            ("(62)", FaultKind.WRONG_HOST),
            ("(64)", FaultKind.WRONG_HOST),
            ("(18)", FaultKind.SELF_SIGNED),
            ("(19)", FaultKind.UNKNOWN_ISSUER),
            ("(20)", FaultKind.UNKNOWN_ISSUER, FaultKind.INCOMPLETE_CHAIN),
            ("(21)", FaultKind.UNKNOWN_ISSUER, FaultKind.INCOMPLETE_CHAIN),
            ("(7)", FaultKind.BAD_SIGNATURE),
            ("(79)", FaultKind.NOT_AN_AUTHORITY),
            ("(25)", FaultKind.NOT_AN_AUTHORITY),
            ("(47)", FaultKind.NAME_CONSTRAINTS),
            ("(48)", FaultKind.NAME_CONSTRAINTS),
            ("(26)", FaultKind.WRONG_PURPOSE),
            ("(34)", FaultKind.CRITICAL_EXTENSION),
            ("(66)", FaultKind.WEAK_KEY),
            ("(67)", FaultKind.WEAK_KEY),
            ("(68)", FaultKind.WEAK_SIGNATURE),
        ),
    )


def _sslyze() -> Explanations:
    return Explanations(
        overlooked={
            FaultKind.RENEWAL_LATE: "sslyze knows no habit of renewal.",
            FaultKind.LIFETIME_TOO_LONG: "sslyze knows no rules of browsers about lifetimes.",
            FaultKind.SCTS_MISSING: "sslyze counts SCTs and does not judge their number.",
            FaultKind.DISTRUSTED: "sslyze knows the distrust of Symantec's roots alone.",
            FaultKind.REVOKED: "sslyze fetches no CRL.",
            FaultKind.REVOCATION_UNKNOWN: _STAPLE_TIME,
            FaultKind.CHAIN_ENDING: _NOW,
            FaultKind.OUTDATED_HANDSHAKE: "sslyze lists what is agreed on without a verdict.",
        },
        servers={
            "rsa-1024": "sslyze's verifier minds weak keys of issuers alone.",
            "extension-twice": "sslyze breaks off at an extension that comes twice.",
            "staple-of-last-week": _STAPLE_TIME,
            "wildcard-for-a-suffix": "sslyze's verifier knows no public suffixes.",
            "staple-by-a-stranger": "sslyze breaks off at a staple whose signer it does not find.",
            "stray-certificate": _STRICT_ORDER,
            "stray-expired": _STRICT_ORDER,
            "stray-leaf": _STRICT_ORDER,
            "issuer-sent-twice": _STRICT_ORDER,
            "cross-signed": _STRICT_ORDER,
            "cross-signed-by-a-stranger": _STRICT_ORDER,
            "no-key-ids": _KEY_IDS,
            "rekeyed-issuer": _KEY_IDS,
            "expired-beside-another-kind": _ONE_KIND,
            "self-signed-authority": "sslyze's verifier minds first that a server's certificate is an authority's.",
        },
        by_chance=frozenset({"expired-beside-another-kind"}),
        meanings=_of(
            ("not valid at validation time", FaultKind.EXPIRED, FaultKind.EXPIRED_ISSUER, FaultKind.NOT_YET_VALID),
            ("subjectAltName", FaultKind.WRONG_HOST),
            ("cA must not be asserted in an EE", FaultKind.NOT_AN_AUTHORITY),
            ("no interior errors", FaultKind.SELF_SIGNED, FaultKind.UNKNOWN_ISSUER, FaultKind.INCOMPLETE_CHAIN),
            ("exceeds max depth", FaultKind.UNKNOWN_ISSUER),
            ("signature does not match", FaultKind.BAD_SIGNATURE),
            ("2.5.29.35", FaultKind.MALFORMED),
            ("2.5.29.19", FaultKind.NOT_AN_AUTHORITY),
            ("basicConstraints.cA must be asserted", FaultKind.NOT_AN_AUTHORITY),
            ("must be an X509v3", FaultKind.NOT_AN_AUTHORITY),
            ("keyCertSign", FaultKind.NOT_AN_AUTHORITY),
            ("path length", FaultKind.NOT_AN_AUTHORITY),
            ("name constraint", FaultKind.NAME_CONSTRAINTS),
            ("EKU", FaultKind.WRONG_PURPOSE),
            ("unaccounted-for critical", FaultKind.CRITICAL_EXTENSION),
            ("serial number", FaultKind.MALFORMED),
            ("non-empty Issuer", FaultKind.MALFORMED),
            ("RSA key is too weak", FaultKind.WEAK_KEY),
            ("Forbidden public key", FaultKind.WEAK_KEY),
            ("Forbidden signature", FaultKind.WEAK_SIGNATURE),
            ("order of the chain", FaultKind.WRONG_ORDER),
            ("says the staple", FaultKind.REVOKED),
            ("there is no staple", FaultKind.STAPLE_MISSING),
            ("no newer protocol", FaultKind.OLD_PROTOCOL),
            ("RejectedOpportunisticTls", FaultKind.NO_STARTTLS),
        ),
    )
