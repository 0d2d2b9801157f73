"""Reads the roots of a private network from a PEM file."""

import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning


def parse(pem: bytes) -> tuple[bytes, ...]:
    """Return the certificates in PEM, as DER. Raises ``ValueError`` where there is none."""
    try:
        with warnings.catch_warnings():
            # Old roots have odd serial numbers; whether a certificate is in order is checked where it is used.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ValueError("holds no certificates in PEM") from error
    return tuple(each.public_bytes(Encoding.DER) for each in found)
