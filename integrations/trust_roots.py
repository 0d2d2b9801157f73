"""The roots that certificates are verified by: those that the public trusts, and those of a private network."""

import ssl
from pathlib import Path

import certifi

from rules.certificates import private_roots


def public() -> tuple[bytes, ...]:
    """Return the roots that the system trusts, as DER; those of Mozilla's list where the system has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return tuple(context.get_ca_certs(binary_form=True)) or private(Path(certifi.where()))


def private(ca_file: Path | None) -> tuple[bytes, ...]:
    """Return the certificates of a file in PEM, as DER. Raises ``ValueError`` where it holds none."""
    if ca_file is None:
        return ()
    try:
        return private_roots.parse(ca_file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{ca_file} {error}") from error
