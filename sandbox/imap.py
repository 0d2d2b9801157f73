"""A mailbox on loopback, as much of IMAP (RFC 3501) as a reader of bounces speaks; ``conduct`` is by command.

SILENT  it never answers a command        HANG_UP  it closes        GARBAGE  no IMAP        HUGE  a literal without end
"""

import base64
import re
from collections.abc import Callable
from socketserver import StreamRequestHandler
from typing import cast

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback

LOGIN = ("bounces", "mailbox-secret")

_COMMAND = re.compile(rb"(\S+) (?:UID )?([A-Z]+) ?(.*?)\r?\n", re.IGNORECASE)
_XOAUTH2 = re.compile(rb"user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01")
_HUGE = 10 * 1024**3


class ImapServer(Loopback):
    """A mailbox with ``messages``; which of them are seen stands in ``seen``, by UID.

    ``token_holds(user, token)`` tells whether a token holds; where it is given, XOAUTH2 takes LOGIN's place.
    """

    def __init__(
        self, conduct: Conduct | None = None, *, token_holds: Callable[[str, str], bool] | None = None
    ) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.token_holds = token_holds
        self.answers_to_refusals: list[bytes] = []
        self.messages: list[bytes] = []
        self.seen: set[int] = set()

    @property
    def url(self) -> str:
        """Where it is, in the form that the settings take."""
        return f"imap://{LOGIN[0]}:{LOGIN[1]}@{self.address}/INBOX"


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        self._say(b"* OK IMAP4rev1 ready")
        while found := _COMMAND.match(self.rfile.readline()):
            tag, command, rest = found[1], found[2].upper().decode(), found[3]
            server = cast("ImapServer", self.server)
            match server.received(command):
                case Behaviour.SILENT | Behaviour.HANG_UP:
                    return
                case Behaviour.GARBAGE:
                    self._say(b"\xff\x00 what?")
                    return
                case Behaviour.HUGE:
                    self._say(b"* 1 FETCH (UID 1 BODY[] {%d}" % _HUGE)
                    return
                case _:
                    self._say(tag + b" " + self._answer(command, rest))
            if command == "LOGOUT":
                return

    def _answer(self, command: str, rest: bytes) -> bytes:
        server = cast("ImapServer", self.server)
        match command:
            case "CAPABILITY":
                self._say(b"* CAPABILITY IMAP4rev1")
            case "LOGIN" | "AUTHENTICATE":
                return self._signed_in(command, rest)
            case "SELECT":
                self._say(b"* %d EXISTS" % len(server.messages))
            case "SEARCH":
                unseen = [uid for uid in range(1, len(server.messages) + 1) if uid not in server.seen]
                self._say(b" ".join([b"* SEARCH", *(b"%d" % uid for uid in unseen)]))
            case "FETCH":
                uid = int(rest.split()[0])
                message = server.messages[uid - 1][: 1024 * 1024]
                self.wfile.write(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n" % (uid, uid, len(message)) + message)
                self._say(b")")
            case "STORE":
                server.seen.add(int(rest.split()[0]))
            case "LOGOUT":
                self._say(b"* BYE")
            case _:
                pass
        return b"OK done"

    def _signed_in(self, command: str, rest: bytes) -> bytes:
        if command == "AUTHENTICATE":
            return self._by_token(rest)
        known = [one.strip(b'"').decode() for one in rest.split()] == list(LOGIN)
        return b"OK done" if known and cast("ImapServer", self.server).token_holds is None else b"NO wrong"

    def _by_token(self, mechanism: bytes) -> bytes:
        server = cast("ImapServer", self.server)
        if mechanism.strip() != b"XOAUTH2" or server.token_holds is None:
            return b"NO no such mechanism"
        self._say(b"+ ")
        found = _XOAUTH2.fullmatch(base64.b64decode(self.rfile.readline()))
        if found and server.token_holds(found[1].decode(), found[2].decode()):
            return b"OK done"
        self._say(b"+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer"}'))
        server.answers_to_refusals.append(self.rfile.readline())
        return b"NO [AUTHENTICATIONFAILED] Invalid credentials " + (found[2] if found else b"")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
