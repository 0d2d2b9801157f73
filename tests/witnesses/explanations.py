"""Why a witness may say something else than we do: known reasons, each for certain faults or for certain servers.

A difference that is not here fails the run, and so does a reason that no difference needs any more.
"""

from dataclasses import dataclass, field

from rules.certificates.faults import Fault
from tests.witnesses.witness import Said

OPENSSL, SSLYZE = "openssl", "sslyze"


@dataclass(slots=True)
class Explanations:
    """The reasons of one witness. ``meanings`` say which faults its words stand for: the first that they contain."""

    overlooked: dict[Fault, str]
    """Kinds that it does not look for: it finds a server sound that has no other."""
    servers: dict[str, str]
    """Single configurations, by name."""
    meanings: tuple[tuple[str, frozenset[Fault]], ...]
    used: set[str] = field(default_factory=set[str])

    def differ(self, faults: frozenset[Fault], said: Said) -> bool:
        """Whether the witness disagrees: on whether the server is sound, or on what is wrong with it."""
        if said.sound is None or said.sound != (not faults):
            return True
        meant = self._meant(said.words)
        return bool(faults and meant and not meant & faults)

    def explain(self, name: str, faults: frozenset[Fault], said: Said) -> str | None:
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
        return tuple(sorted({*self.overlooked, *self.servers} - self.used))

    def _meant(self, words: str) -> frozenset[Fault]:
        return next((faults for part, faults in self.meanings if part in words), frozenset())


def _of(*meanings: tuple[str, *tuple[Fault, ...]]) -> tuple[tuple[str, frozenset[Fault]], ...]:
    return tuple((words, frozenset(faults)) for words, *faults in meanings)


_LENIENT = "OpenSSL checks RFC 5280's profile only when asked to (-x509_strict)."
_COMMON_NAME = "OpenSSL falls back to the common name where there is no DNS name; RFC 9525, 2, forbids it."
_INVALID = "OpenSSL does not use a certificate that it finds invalid, and then misses an issuer."
_ONE_CANDIDATE = "OpenSSL follows the first certificate that is sent for an issuer, and tries no second one."
_STRICT_ORDER = (
    "sslyze wants each certificate to certify the one before it, as RFC 5246 did; RFC 8446, 4.4.2, does not."
)
_STAPLE_TIME = "sslyze does not look at the time of a staple."
_KEY_IDS = "sslyze's verifier demands key identifiers, as CAs must write them; without them the path still holds."


def explanations() -> dict[str, Explanations]:
    """Return the reasons of each witness, none of them used yet."""
    return {OPENSSL: _openssl(), SSLYZE: _sslyze()}


def _openssl() -> Explanations:
    return Explanations(
        overlooked={
            Fault.RENEWAL_LATE: "OpenSSL knows no habit of renewal.",
            Fault.WRONG_ORDER: "OpenSSL finds the path in any order.",
            Fault.LIFETIME_TOO_LONG: "OpenSSL knows no rules of browsers about lifetimes.",
            Fault.SCTS_MISSING: "OpenSSL looks at SCTs only when asked to (-ct).",
            Fault.DISTRUSTED: "OpenSSL trusts a root that it is given.",
            Fault.REVOKED: "OpenSSL fetches no CRL, and s_client does not judge staples.",
            Fault.REVOCATION_UNKNOWN: "s_client does not judge staples.",
            Fault.STAPLE_MISSING: "OpenSSL does not act on the TLS feature extension.",
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
        },
        meanings=_of(
            ("(10)", Fault.EXPIRED, Fault.EXPIRED_ISSUER),
            ("(9)", Fault.NOT_YET_VALID),
            ("(62)", Fault.WRONG_HOST),
            ("(64)", Fault.WRONG_HOST),
            ("(18)", Fault.SELF_SIGNED),
            ("(19)", Fault.UNKNOWN_ISSUER),
            ("(20)", Fault.UNKNOWN_ISSUER, Fault.INCOMPLETE_CHAIN),
            ("(21)", Fault.UNKNOWN_ISSUER, Fault.INCOMPLETE_CHAIN),
            ("(7)", Fault.BAD_SIGNATURE),
            ("(79)", Fault.NOT_AN_AUTHORITY),
            ("(25)", Fault.NOT_AN_AUTHORITY),
            ("(47)", Fault.NAME_CONSTRAINTS),
            ("(48)", Fault.NAME_CONSTRAINTS),
            ("(26)", Fault.WRONG_PURPOSE),
            ("(34)", Fault.CRITICAL_EXTENSION),
            ("(66)", Fault.WEAK_KEY),
            ("(67)", Fault.WEAK_KEY),
            ("(68)", Fault.WEAK_SIGNATURE),
        ),
    )


def _sslyze() -> Explanations:
    return Explanations(
        overlooked={
            Fault.RENEWAL_LATE: "sslyze knows no habit of renewal.",
            Fault.LIFETIME_TOO_LONG: "sslyze knows no rules of browsers about lifetimes.",
            Fault.SCTS_MISSING: "sslyze counts SCTs and does not judge their number.",
            Fault.DISTRUSTED: "sslyze knows the distrust of Symantec's roots alone.",
            Fault.REVOKED: "sslyze fetches no CRL.",
            Fault.REVOCATION_UNKNOWN: _STAPLE_TIME,
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
            "self-signed-authority": "sslyze's verifier minds first that a server's certificate is an authority's.",
        },
        meanings=_of(
            ("not valid at validation time", Fault.EXPIRED, Fault.EXPIRED_ISSUER, Fault.NOT_YET_VALID),
            ("subjectAltName", Fault.WRONG_HOST),
            ("cA must not be asserted in an EE", Fault.NOT_AN_AUTHORITY),
            ("no interior errors", Fault.SELF_SIGNED, Fault.UNKNOWN_ISSUER, Fault.INCOMPLETE_CHAIN),
            ("exceeds max depth", Fault.UNKNOWN_ISSUER),
            ("signature does not match", Fault.BAD_SIGNATURE),
            ("2.5.29.35", Fault.MALFORMED),
            ("2.5.29.19", Fault.NOT_AN_AUTHORITY),
            ("basicConstraints.cA must be asserted", Fault.NOT_AN_AUTHORITY),
            ("must be an X509v3", Fault.NOT_AN_AUTHORITY),
            ("keyCertSign", Fault.NOT_AN_AUTHORITY),
            ("path length", Fault.NOT_AN_AUTHORITY),
            ("name constraint", Fault.NAME_CONSTRAINTS),
            ("EKU", Fault.WRONG_PURPOSE),
            ("unaccounted-for critical", Fault.CRITICAL_EXTENSION),
            ("serial number", Fault.MALFORMED),
            ("non-empty Issuer", Fault.MALFORMED),
            ("RSA key is too weak", Fault.WEAK_KEY),
            ("Forbidden public key", Fault.WEAK_KEY),
            ("Forbidden signature", Fault.WEAK_SIGNATURE),
            ("order of the chain", Fault.WRONG_ORDER),
            ("says the staple", Fault.REVOKED),
            ("there is no staple", Fault.STAPLE_MISSING),
            ("no newer protocol", Fault.OLD_PROTOCOL),
            ("RejectedOpportunisticTls", Fault.NO_STARTTLS),
        ),
    )
