"""What is wrong with an endpoint or a certificate, in sentences. They may quote what strangers wrote."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from rules.certificates.faults import Fault, FaultKind
from rules.certificates.renewal import RenewalBasis
from rules.x509.violations import Parameter
from wording import fragments
from wording.certificates import certificate_renewals
from wording.certificates.remediation import REMEDIATION
from wording.messages import N_, _, ngettext, said

_SILENT = "The server does not answer: "
"""The beginning of stored sentences about silence, in rows that have no parameters."""

LONGEST = 4 * fragments.LONGEST
"""The most characters of a sentence; sentences about certificates quote the names of two at the most."""

_ANSWERS = N_("The server does not answer: {reason}.")
_UNUSABLE = N_("The stapled OCSP response is of no use: {reason}.")
_LATE = N_("{because}; this one has {left} left and no successor.")

_SENTENCES: Mapping[FaultKind, Mapping[str, str]] = {
    FaultKind.UNREACHABLE: {"no_answer": _ANSWERS},
    FaultKind.NOT_NOW: {"ended_early": "The server turns connections away for now: {reason}."},
    FaultKind.NOT_TLS: {"ended_early": "The server does not speak TLS on this port: {reason}."},
    FaultKind.NO_STARTTLS: {
        "ended_early": "The server does not offer STARTTLS: {reason}.",
        "refused": "The server does not begin TLS: {reason}.",
    },
    FaultKind.HANDSHAKE_FAILED: {"ended_early": "The server speaks TLS, but the handshake failed: {reason}."},
    FaultKind.UNREADABLE: {
        "leaf": "The server's certificate cannot be read: {reason_as_given}.",
        "none": "The server sends no certificate.",
        "others": "{count} of the certificates that the server sends cannot be read.",
    },
    FaultKind.REVOKED: {"revoked": "{who} was revoked on {at}: {reason_as_given}."},
    FaultKind.EXPIRED: {"leaf": "The certificate expired on {not_after}."},
    FaultKind.NOT_YET_VALID: {
        "leaf": "The certificate is not valid before {not_before}.",
        "issuer": "The certificate of the authority {subject} is not valid before {not_before}.",
    },
    FaultKind.WRONG_HOST: {"names": "The certificate is for {names}, not for {host}."},
    FaultKind.SELF_SIGNED: {"leaf": "The certificate is signed by itself, by no authority."},
    FaultKind.UNKNOWN_ISSUER: {
        "search_given_up": (
            "No way to a trusted authority was found before the search was given up: the certificates that are sent"
            " are too many or too large ({signatures} signatures, {steps} steps)."
        ),
        "too_deep": "No way to a trusted authority was found that has at most {most} certificates.",
        "chain_ends": "The chain ends at {subject}, whose issuer {issuer} is neither sent nor trusted.",
        "root_not_trusted": "The chain ends at an authority that is not trusted: {subject}.",
    },
    FaultKind.INCOMPLETE_CHAIN: {
        "no_issuer": "The server does not send its issuer's certificate ({issuer}).",
        "fetched": (
            "The server does not send the certificate of {subject}. Clients that fetch issuers by themselves cope with"
            " that; others refuse it."
        ),
    },
    FaultKind.EXPIRED_ISSUER: {"issuer": "The certificate of the authority {subject} expired on {not_after}."},
    FaultKind.BAD_SIGNATURE: {"other_key": "The certificate of {subject} is not signed by the key of {issuer}."},
    FaultKind.NOT_AN_AUTHORITY: {
        "no_authority": "{subject} signs certificates, and is no authority.",
        "key_usage": "The key of {subject} may not sign certificates.",
        "path_length": "{subject} allows so many authorities after it: {allowed}. There are more: {following}.",
    },
    FaultKind.NAME_CONSTRAINTS: {
        "forbidden": "The authority {subject} may not certify {name}.",
        "incomparable": "{subject_or_The} has a name that cannot be compared with those allowed.",
        "too_many": "More than {comparisons:,} comparisons of names with name constraints would be needed.",
    },
    FaultKind.WRONG_PURPOSE: {
        "leaf_not_for_servers": "The certificate is not for a server (extended key usage).",
        "issuer_not_for_servers": "The authority {subject} may not certify servers (extended key usage).",
        "policy_missing": "An authority of the chain requires a policy, and none holds along it.",
        "no_purposes": "The certificate does not say what it is for (extended key usage).",
        "other_purpose": "The certificate of {subject_or_the} may not be for {oid} as well.",
        "key_usage_neither": "The key may neither sign nor decrypt (key usage).",
        "key_usage_no_signature": "The key may not sign (key usage).",
        "key_usage_too_much": "The key can do nothing but sign, and is allowed to do more (key usage).",
        "root_purposes": "The root {subject} is limited to purposes.",
    },
    FaultKind.CRITICAL_EXTENSION: {"unknown": "{who} has a critical extension that nobody knows: {oid}."},
    FaultKind.MALFORMED: {
        "serial_negative": "{who} has a serial number below zero.",
        "serial_zero": "{who} has the serial number zero.",
        "serial_long": "{who} has a serial number of more than {most} bytes.",
        "version": "{who} is of version {version}, not 3.",
        "no_issuer": "{who} names no issuer.",
        "algorithms_differ": "{who} names one signature algorithm in what is signed, and another beside it.",
        "date_form": "{who} has a date in a form that its year does not allow.",
        "dates_swapped": "{who} ends before it begins.",
        "key_unreadable": "{who} has a key that cannot be read.",
        "own_curve": "{who} has a key on a curve that it defines itself.",
        "extension_repeated": "{who} has the extension {oid} more than once.",
        "extension_unreadable": "{who} has an extension {oid} that cannot be read: {reason_as_given}.",
        "critical": "{who} has a critical {extension}.",
        "not_critical": "{who} has {extension} that are not critical.",
        "no_authority_key_id": "{who} does not say which key signed it.",
        "no_subject_key_id": "{who} has no subject key identifier.",
        "names_critical": "{who} has alternative names that are critical, though it has a subject too.",
        "names_not_critical": "{who} has alternative names that are not critical, though it has no subject.",
        "names_empty": "{who} has a list of alternative names that is empty.",
        "name_no_host": "{who} has an alternative name that is no host name: {name}.",
        "name_no_address": "{who} has an alternative name that is no address.",
        "leaf_constrains_names": "{who} constrains names, as only an authority may.",
        "authority_as_leaf": "{who} is that of an authority.",
        "leaf_may_sign": "{who} may sign certificates, and is no authority.",
        "leaf_limits_paths": "{who} limits paths, as only an authority may.",
        "purposes_empty": "{who} has a list of purposes that is empty.",
        "authority_nameless": "{who} is an authority without a name.",
        "basic_constraints_not_critical": "{who} has basic constraints that are not critical.",
        "name_constraints_unreadable": "{who} has name constraints that cannot be read: {reason_as_given}.",
        "name_constraint_dot": "{who} has a name constraint with a dot in front.",
        "policies_unreadable": "The chain says about policies what cannot be read.",
        "purposes_critical": "The certificate has a critical extended key usage.",
        "common_name": "The certificate's common name is none of its alternative names: {name}.",
        "root_key_id": "The root {subject} identifies its own key in a way that it may not.",
    },
    FaultKind.DISTRUSTED: {
        "refused": "Certificates of {authority}{issued} are not trusted by {by}, since {since}.",
        "older": (
            "{by} trusts no certificate of {authority} issued after {issued_after}: this one is older, and its"
            " successor must come from another authority."
        ),
    },
    FaultKind.WEAK_KEY: {
        "bits": "{whose_key} is {key}: {bits} bits are too few.",
        "curve": "{whose_key} is {key}: public authorities may not certify the curve {curve}.",
        "dsa": "{whose_key} is {key}: DSA is no longer used.",
        "edwards": (
            "{whose_key} is {key}: public authorities may not certify such keys, and browsers do not use them."
        ),
        "rsa_size": "{whose_key} is {key}: its length is no whole number of bytes.",
        "exponent_bits": "{whose_key} is {key}: its exponent has {bits} bits.",
        "exponent": "{whose_key} is {key}: its exponent is {exponent}.",
    },
    FaultKind.WEAK_SIGNATURE: {
        "digest": "The signature of {subject_or_the} uses {digest}.",
        "algorithm": "The signature of {subject_or_the} is {algorithm}, which public authorities may not use.",
    },
    FaultKind.LIFETIME_TOO_LONG: {
        "days": "The certificate lives {days} days; issued on {issued_on}, it may live {most} at the most.",
    },
    FaultKind.SCTS_MISSING: {
        "too_few": "Timestamps of public logs (SCTs) in the certificate: {count}; browsers want {wanted}.",
    },
    FaultKind.STAPLE_MISSING: {
        "none": "The certificate asks for a stapled OCSP response (Must-Staple), and the server sends none.",
        "staple_unusable": _UNUSABLE,
    },
    FaultKind.OLD_PROTOCOL: {"version": "The server speaks no newer protocol than {version}."},
    FaultKind.OUTDATED_HANDSHAKE: {
        "no_secure_renegotiation": (
            "The server does not know secure renegotiation (RFC 5746): OpenSSL 3 refuses it, and with it what is"
            " built on that, such as curl, Python and PHP."
        ),
        "sha1_signature": "The server signs its handshakes with SHA-1 alone: OpenSSL 3 and Chrome refuse it.",
        "finite_field": (
            "The server exchanges keys over finite fields alone (DHE): Chrome, Firefox and Safari refuse it."
        ),
        "cipher": "The server knows no cipher that browsers offer: Chrome and Firefox refuse it.",
        "curve": "The server exchanges keys over none of X25519, P-256 and P-384: Chrome refuses it.",
        "key": (
            "The server has no certificate with a key that all browsers take (RSA, P-256, P-384): Chrome refuses it."
        ),
    },
    FaultKind.WRONG_ORDER: {
        "order": "The server sends its certificates in the wrong order.",
        "unrelated": "The server sends certificates that do not follow from one another.",
    },
    FaultKind.ADDRESSES_DIFFER: {"old_certificate": "{behind} {serve} the old certificate, which {ends}."},
    FaultKind.MACHINES_DIFFER: {
        "machines": (
            "Machines behind this address serve different certificates: {count} were seen, of which the first ends on"
            " {first_end} and the last on {last_end}."
        ),
        "setups": "Machines behind this address are not set up alike: what one shows, another does not.",
    },
    FaultKind.RENEWAL_LATE: {basis.value: _LATE for basis in RenewalBasis},
    FaultKind.CHAIN_ENDING: {
        "intermediate": "The certificate of the authority {subject} ends on {not_after}, before the server's own.",
        "root": "The root {subject} ends on {not_after}, before the server's certificate.",
    },
    FaultKind.TLSA_MISMATCH: {
        "mail": "No TLSA record matches the certificate: senders that check them deliver no mail here.",
        "no_match": "No TLSA record matches the certificate that the server sends.",
    },
    FaultKind.CAA_MISMATCH: {
        "not_allowed": (
            "The domain's CAA records allow {allowed} to issue, not {authority}: the next renewal may be refused."
        ),
    },
    FaultKind.REVOCATION_UNKNOWN: {
        "required": "Whether {subject_or_the} was revoked cannot be told: no list that is given can be used.",
        "no_answer": "Whether the certificate was revoked is not known: its authority's OCSP responder does not tell.",
        "no_list": "Whether the certificate was revoked is not known: no list of its authority could be used.",
        "list_missing": (
            "Whether the certificate was revoked is not known: its authority's list could not be fetched ({reason})."
        ),
        "staple_unusable": _UNUSABLE,
        "given_list": "A list that was given is none: {reason_as_given}.",
    },
    FaultKind.CHECKERS_DISAGREE: {
        "refused": "Checkers disagree: OpenSSL refuses the chain ({reason}), and no fault of it is found here.",
        "accepted": "Checkers disagree: OpenSSL accepts the chain, in which {found} is found here.",
    },
    FaultKind.CLIENT_CERTIFICATE: {"asked": "The server asks for a client certificate."},
}

_REASONS = frozenset(
    (
        N_("connection refused"), N_("connection reset"), N_("no answer"), N_("timed out"), N_("no reason given"),
        N_("there is no such name, or it has no address"), N_("what it answers is not TLS"),
        N_("it speaks no version of TLS, but SSL 3.0 or older"), N_("it sends a chain larger than 100 KB"),
        N_("its certificate cannot be read"), N_("what follows its first words is not TLS"),
        N_("it ends the handshake with an alert that TLS does not know"),
        N_("it says goodbye in the middle of the handshake"), N_("no route to host"), N_("network is unreachable"),
        N_("unspecified"), N_("key compromise"), N_("authority compromise"), N_("affiliation changed"),
        N_("superseded"), N_("cessation of operation"), N_("on hold"), N_("removed from the list"),
        N_("privilege withdrawn"), N_("attribute authority compromise"), N_("unknown"),
        N_("it cannot be read"), N_("it cannot be read, or it is a refusal"), N_("it is about another certificate"),
        N_("it is not of now"), N_("its responder does not know the certificate"),
        N_("it is not signed by who may say it"),
    )
)  # fmt: skip
"""The reasons that are our own words and translated; other reasons quote a server or a library and stay as they are."""

_MOMENTS = ("at", "not_after", "not_before", "first_end", "last_end")


def sentence(fault: Fault) -> str:
    """Return a fault as a sentence; where this release does not know its detail, the stored words."""
    template = _SENTENCES.get(fault.kind, {}).get(fault.detail)
    if template is not None:
        try:
            return fragments.clean(_(template).format_map(_values(fault)), LONGEST)
        except (KeyError, ValueError, TypeError, OverflowError):  # another release stored other parameters
            pass
    return fragments.clean(fault.stored_words, LONGEST) or f"{_(REMEDIATION[fault.kind].title)}."


def _values(fault: Fault) -> dict[str, Parameter]:
    given = dict(fault.parameters)
    values = given | {name: _moment(given[name]) for name in _MOMENTS if name in given}
    if "subject" in given:
        values |= _of_subject(str(given["subject"]))
    if "reason" in given:
        values |= {"reason_as_given": _reason(given), "reason": fragments.reason(_reason(given))}
    extra = _EXTRA.get(fault.kind)
    return values | extra(fault, given) if extra else values


def reason(fault: Fault) -> str:
    """Return a fault's reason so that it can end a sentence; its stored words where it has no reason."""
    given = dict(fault.parameters)
    return fragments.reason(_reason(given) if "reason" in given else fault.stored_words.removeprefix(_SILENT))


def _reason(given: Mapping[str, Parameter]) -> str:
    words = str(given["reason"])
    return _(words) if words in _REASONS else words


def _of_subject(subject: str) -> dict[str, str]:
    return {
        "who": _("The certificate of {subject}", subject=subject) if subject else _("The certificate"),
        "whose_key": _("The key of {subject}", subject=subject) if subject else _("The key of the certificate"),
        "subject_or_the": subject or _("the certificate"),
        "subject_or_The": subject or _("The certificate"),
    }


def _of_names(_fault: Fault, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    more = _(" and {number} more", number=given["more"]) if given["more"] else ""
    return {"names": (_joined(given["names"]) or _("no host")) + more}


def _of_distrust(_fault: Fault, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    return {"issued": _(" issued after {day}", day=given["issued_after"]) if given["issued_after"] else ""}


def _of_caa(_fault: Fault, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    return {"allowed": _joined(given["allowed"]) or _("nobody")}


def _of_rollout(_fault: Fault, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    left, count = _length(given["left_s"]), int(str(given["count"]))
    behind = _texts(given["behind"])
    return {
        "behind": of_addresses(behind, count, int(str(given["total"]))),
        "serve": ngettext("serves", "serve", count),
        "ends": _("expires {when}", when=said(fragments.coming(left)))
        if left > timedelta(0)
        else _("expired {when}", when=said(fragments.past(-left))),
    }


def _of_renewal(fault: Fault, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    because = certificate_renewals.of_basis(RenewalBasis(fault.detail), given)
    return {"because": fragments.capitalized(because), "left": said(fragments.length(_length(given["left_s"])))}


_EXTRA = {
    FaultKind.WRONG_HOST: _of_names,
    FaultKind.DISTRUSTED: _of_distrust,
    FaultKind.CAA_MISMATCH: _of_caa,
    FaultKind.ADDRESSES_DIFFER: _of_rollout,
    FaultKind.RENEWAL_LATE: _of_renewal,
}
"""Values that the sentences of a kind need, beside its parameters."""


ADDRESSES = N_("{count} of {total} addresses ({named})")
CERTIFICATES = N_("{count} of {total} certificates ({named})")
MACHINES = N_("{count} of {total} machines ({named})")


def of_addresses(named: tuple[str, ...], count: int, total: int, what: str = ADDRESSES) -> str:
    """Return ``1 of 4 addresses (192.0.2.7)``, with the number of those that are not named."""
    more = _(" and {number} more", number=count - len(named)) if count > len(named) else ""
    return _(what, count=count, total=total, named=fragments.clean(", ".join(named), _LONGEST_LIST) + more)


_LONGEST_LIST = 120


def _joined(texts: Parameter) -> str:
    return ", ".join(_texts(texts))


def _texts(given: Parameter) -> tuple[str, ...]:
    if not isinstance(given, tuple):
        raise TypeError("a list of texts is wanted")
    return given


def _moment(given: Parameter) -> str:
    return fragments.moment(datetime.fromisoformat(str(given)))


def _length(seconds: Parameter) -> timedelta:
    return timedelta(seconds=int(str(seconds)))
