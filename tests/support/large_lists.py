"""Lists of revoked certificates as long as one likes."""

from datetime import timedelta

from cryptography import x509

from sandbox import der, pki
from sandbox.pki import Issuer
from tests.support.chains import now


def many(by: Issuer, count: int, *, dated: bool = True) -> bytes:
    """Return a list of so many certificates, put together by hand: the library would take minutes."""
    algorithm = der.sequence(der.oid(x509.SignatureAlgorithmOID.ECDSA_WITH_SHA256))
    moment = der.time(now().replace(microsecond=0))
    of_entry = moment if dated else b""
    begin = bytes([0x30, 8 + len(of_entry), 0x02, 6])
    entries = b"".join(begin + number.to_bytes(6) + of_entry for number in range(1 << 40, (1 << 40) + count))
    until = der.time(now().replace(microsecond=0) + timedelta(days=1))
    number = der.sequence(der.oid(x509.CRLNumber.oid), der.tlv(der.OCTET_STRING, der.integer(1)))
    listed = der.sequence(entries)
    name = by.name.public_bytes()
    bare = der.sequence(der.integer(1), algorithm, name, moment, until, listed, der.explicit(0, der.sequence(number)))
    return der.sequence(bare, algorithm, der.bits(pki.sign(bare, by.key)))
