"""Whether a web server asks for HTTPS only (RFC 6797): one HEAD request on the connection that is there."""

from integrations.tls.handshake import Conversation

TIME_S = 3.0
"""Seconds that the answer may take, if the deadline leaves them."""

MOST_BYTES = 16 * 1024
LONGEST = 200
"""Characters of the header that are kept."""

_END = b"\r\n\r\n"


async def ask(conversation: Conversation, name: str, port: int) -> str | None:
    """Return the Strict-Transport-Security header, empty where there is none, None where the answer is not HTTP.

    Raises ``ConnectionEnded``.
    """
    host = name if port == 443 else f"{name}:{port}"  # noqa: PLR2004 - the port of https
    question = f"HEAD / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Nolapse\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    return _header(await conversation.ask(question.encode("ascii"), _END, MOST_BYTES))


def _header(answer: bytes) -> str | None:
    head, end, _ = answer.partition(_END)
    if not head.startswith(b"HTTP/1.") or not end:
        return None
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"strict-transport-security":  # only the first counts (RFC 6797, 8.1)
            shown = value.decode("latin-1").strip()
            return "".join(each for each in shown if each.isprintable())[:LONGEST]
    return ""
