"""Why a scan ended early, in the words of a person: of errors of sockets and of OpenSSL, and of what strangers said."""

from OpenSSL import SSL

LONGEST = 200
"""Characters that are kept of what a server said."""

NO_PROTOCOL = "no application protocol"
"""OpenSSL's name of the alert 120 (RFC 7301, 3.2)."""

CERTIFICATE_REQUIRED = "certificate required"
"""Its name of the alert 116 (RFC 8446, 6.2)."""

NO_WORD_FOR = frozenset({"handshake failure", "internal error"})
"""Alerts by which servers that do not know 120 refuse what was offered by ALPN."""

_REASONS = {
    "unsupported protocol": "it speaks no version of TLS, but SSL 3.0 or older",
    "wrong ssl version": "it speaks no version of TLS, but SSL 3.0 or older",
    "excessive message size": "it sends a chain larger than 100 KB",
    "ASN1 lib": "its certificate cannot be read",
    "record layer failure": "what follows its first words is not TLS",
    "": "it ends the handshake with an alert that TLS does not know",
}
"""OpenSSL's reasons that say little to a reader."""


def words(error: OSError) -> str:
    """Return what happened to a connection."""
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return "connection reset"
        case _:
            return (error.strerror or type(error).__name__).lower()


def reason(error: SSL.Error) -> str:
    """Return the last reason in OpenSSL's error queue, such as ``alert "handshake failure"``."""
    if isinstance(error, SSL.ZeroReturnError):
        return "it says goodbye in the middle of the handshake"
    match error.args:
        case ([*_, (*_, str(last))],):
            pass
        case _:
            return "no reason given"
    for version in ("tlsv13 ", "tlsv1 ", "tls ", "sslv3 ", "ssl/tls "):
        if last.startswith(version):
            return f'it ends the handshake: alert "{last.removeprefix(version).removeprefix("alert ")}"'
    return _REASONS.get(last, last)


def said(data: bytes) -> str:
    """Return what a server said, printable and capped; to whoever shows it, it is still a stranger's text."""
    text = data[: 4 * LONGEST].decode("utf-8", "replace")
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text.strip())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
