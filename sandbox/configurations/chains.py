"""Servers whose certificates do not lead to a trusted root, or lead there by detours."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rules.certificates.faults import FaultKind
from sandbox import pki
from sandbox.configurations.authorities import DAY, Authorities, Branch, configuration, host_of
from sandbox.configurations.configuration import Configuration


def faulty(made: Authorities) -> Iterator[Configuration]:
    yield from _self_signed(made)
    yield from _unknown(made)
    yield from _incomplete(made)
    yield from _signatures(made)
    upper = made.private_root.under("Sandbox Upper")
    lower = upper.under("Sandbox Lower")
    turned = replace(lower, sent=lower.sent[::-1])
    yield made.serving("wrong-order", FaultKind.WRONG_ORDER, branch=turned)
    root = made.private_root.issuer.certificate
    yield made.serving("wrong-order-root-first", FaultKind.WRONG_ORDER, branch=replace(lower, sent=(root, *lower.sent)))


def _self_signed(made: Authorities) -> Iterator[Configuration]:
    now, fault = made.now, FaultKind.SELF_SIGNED
    dates = {"not_before": now - 30 * DAY, "not_after": now + 60 * DAY}
    yield _by_itself("self-signed", fault, **dates)
    yield _by_itself("self-signed-expired", fault, FaultKind.EXPIRED, **{**dates, "not_after": now - DAY})
    yield _by_itself("self-signed-for-another", fault, FaultKind.WRONG_HOST, **dates, names=(host_of("another"),))
    rights = {"authority": True, "usage": ("digital_signature", "key_cert_sign")}
    of_authority = _by_itself("self-signed-authority", fault, **dates, **rights)
    yield of_authority.noting(FaultKind.MALFORMED)  # a server's certificate is not to be an authority's (BR 7.1.2.7.8)


def _by_itself(name: str, *faults: FaultKind, **fields: Any) -> Configuration:
    return configuration(name, *faults, leaves=(pki.self_signed(host_of(name), **fields),))


def _unknown(made: Authorities) -> Iterator[Configuration]:
    stranger = Branch(pki.root("Sandbox Stranger Root"))
    below = stranger.under("Sandbox Stranger Issuer")
    whole = replace(below, sent=(*below.sent, stranger.issuer.certificate))
    yield made.serving("unknown-root-sent", FaultKind.UNKNOWN_ISSUER, branch=whole)
    yield made.serving("unknown-root", FaultKind.UNKNOWN_ISSUER, branch=below)
    alone = replace(stranger, sent=(stranger.issuer.certificate,))
    yield made.serving("unknown-root-alone", FaultKind.UNKNOWN_ISSUER, branch=alone)
    impostor = Branch(pki.root(made.private_root.issuer.name))
    whole = replace(impostor, sent=(impostor.issuer.certificate,))
    yield made.serving("impostor-of-a-root", FaultKind.UNKNOWN_ISSUER, branch=whole)


def _incomplete(made: Authorities) -> Iterator[Configuration]:
    yield made.serving("incomplete", FaultKind.INCOMPLETE_CHAIN, branch=replace(made.private, sent=()))
    mended = replace(made.public, sent=())
    yield made.serving("incomplete-mended-by-its-address", FaultKind.INCOMPLETE_CHAIN, branch=mended)
    nowhere = replace(made.private, sent=(), fields={"issuers_at": (made.files.url("gone.cer"),)})
    yield made.serving("incomplete-address-gone", FaultKind.INCOMPLETE_CHAIN, branch=nowhere)
    garbage = made.files.publish("garbage.cer", b"<html>Not Found</html>")
    fooled = replace(made.private, sent=(), fields={"issuers_at": (garbage,)})
    yield made.serving("incomplete-address-garbage", FaultKind.INCOMPLETE_CHAIN, branch=fooled)
    upper = made.private_root.under("Sandbox Upper")
    lower = upper.under("Sandbox Lower", issuers_at=(made.files.publish("upper.cer", upper.issuer.certificate),))
    yield made.serving(
        "incomplete-in-the-middle", FaultKind.INCOMPLETE_CHAIN, branch=replace(lower, sent=lower.sent[:1])
    )
    other = made.private_root.under("Sandbox Other Issuer")
    wrong = made.serving("other-issuer-sent", FaultKind.INCOMPLETE_CHAIN, branch=replace(made.private, sent=other.sent))
    yield wrong.noting(FaultKind.WRONG_ORDER)


def _signatures(made: Authorities) -> Iterator[Configuration]:
    yield made.serving("bad-signature", FaultKind.BAD_SIGNATURE, tampered=True)
    bad = made.private_root.under("Sandbox Forged Issuer", tampered=True)
    yield made.serving("bad-signature-of-its-issuer", FaultKind.BAD_SIGNATURE, branch=bad)
    old = made.private_root.under("Sandbox Rekeyed Issuer", key_id=False)
    new = made.private_root.under("Sandbox Rekeyed Issuer", key_id=False)
    rekeyed = replace(old, sent=new.sent)
    yield made.serving("rekeyed-issuer", FaultKind.BAD_SIGNATURE, branch=rekeyed, issuer_key_id=False)


def sound(made: Authorities) -> Iterator[Configuration]:
    root = made.private_root
    yield made.serving("private")
    yield made.serving("public", branch=made.public)
    yield made.serving("root-sent", branch=replace(made.private, sent=(*made.private.sent, root.issuer.certificate)))
    yield made.serving("from-the-root", branch=root)
    long = root.under("Sandbox Deep 1").under("Sandbox Deep 2").under("Sandbox Deep 3")
    yield made.serving("three-issuers", branch=long)
    yield from _too_many(made)
    yield from _two_paths(made)
    bare = root.under("Sandbox Bare Issuer", key_id=False, issuer_key_id=False)
    yield made.serving("no-key-ids", branch=bare, key_id=False, issuer_key_id=False)


def _too_many(made: Authorities) -> Iterator[Configuration]:
    """Yield servers that send what is no part of their path: a note, since clients accept it (RFC 8446, 4.4.2)."""
    retired = made.private_root.under("Sandbox Retired Issuer", not_after=made.now - DAY)
    for name, stray in (
        ("stray-certificate", made.public.sent),
        ("stray-expired", retired.sent),
        ("stray-leaf", (made.leaf(host_of("stray")).certificate,)),
        ("issuer-sent-twice", made.private.sent),
    ):
        branch = replace(made.private, sent=(*made.private.sent, *stray))
        yield made.serving(name, branch=branch).noting(FaultKind.WRONG_ORDER)


def _two_paths(made: Authorities) -> Iterator[Configuration]:
    """Yield servers whose issuer is vouched for by two roots, of which one or both are trusted.

    They cannot send both certificates in the order that RFC 8446 would like.
    """
    issuer = made.private.issuer
    by_public = made.public_root.issuer.again(issuer)
    by_stranger = pki.root("Sandbox Stranger Root").again(issuer)
    # What leads to a public root has to keep the rules for public certificates, whichever other root vouches for it.
    both = Branch(issuer, (issuer.certificate, by_public.certificate), made.public_root.fields)
    yield made.serving("cross-signed", branch=both).noting(FaultKind.WRONG_ORDER)
    stranger_first = Branch(issuer, (by_stranger.certificate, issuer.certificate))
    yield made.serving("cross-signed-by-a-stranger", branch=stranger_first).noting(FaultKind.WRONG_ORDER)
