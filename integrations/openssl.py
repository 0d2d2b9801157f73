"""OpenSSL's own verification of chains, as a second opinion beside ``rules.x509``. It makes no connections.

It stops at the first fault and tries no other path once it has begun one, so that it cannot decide. But others wrote
it, and a chain about which the two differ is worth a look.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from threading import Lock

from OpenSSL import crypto

MOST_KEPT = 20_000
"""Chains whose verdicts are kept: two kilobytes each would be forty megabytes, a digest and a word are four."""

_PARTIAL_CHAIN, _NO_CHECK_TIME = 0x80000, 0x200000
"""Flags of X509_VERIFY_PARAM_set_flags: what is trusted need sign nothing itself; and dates are not looked at, so that
a verdict holds for as long as the roots."""


@lru_cache(maxsize=256)
def _issuer(der: bytes) -> crypto.X509:
    """Return a certificate as OpenSSL has it; those of authorities are seen again and again."""
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


class OpensslVerifier:
    """Verifies chains against roots (DER); each distinct chain once, however often it is served."""

    def __init__(self, roots: Iterable[bytes]) -> None:
        self._store = crypto.X509Store()
        self._store.set_flags(_PARTIAL_CHAIN | _NO_CHECK_TIME)
        for der in roots:
            with suppress(crypto.Error, ValueError):  # it does not read what it does not like
                self._store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, der))
        self._known: OrderedDict[bytes, str | None] = OrderedDict()
        self._lock = Lock()

    def refusal(self, chain: Sequence[bytes]) -> str | None:
        """Return why it refuses a chain (DER, leaf first), empty where it accepts it, None where it cannot read it."""
        key = sha256(b"".join(sha256(der).digest() for der in chain)).digest()
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = self._verified(chain)
        with self._lock:
            self._known[key] = found
            if len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return found

    def _verified(self, chain: Sequence[bytes]) -> str | None:
        try:
            leaf, others = crypto.load_certificate(crypto.FILETYPE_ASN1, chain[0]), [_issuer(der) for der in chain[1:]]
        except (crypto.Error, ValueError):
            return None
        try:
            crypto.X509StoreContext(self._store, leaf, others).verify_certificate()
        except crypto.X509StoreContextError as error:
            return str(error.args[0]) if error.args else "it does not say why"
        return ""
