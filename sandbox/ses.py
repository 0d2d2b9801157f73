"""Amazon SES on loopback (API v2, SendEmail and GetAccount), which keeps what it takes, and can lose its answers.

SILENT  it takes the mail and says nothing        HANG_UP  it takes the mail and closes the connection
THROTTLE  429, nothing taken                      GARBAGE  400 MessageRejected, nothing taken
"""

import base64
import json
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, cast

from sandbox.behaviour import Behaviour, Conduct
from sandbox.loopback import Loopback

if TYPE_CHECKING:
    from email.message import EmailMessage

_REFUSALS = {
    Behaviour.THROTTLE: (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    Behaviour.GARBAGE: (400, "MessageRejected", "Email address is not verified."),
}


class SesServer(Loopback):
    """A server that takes mails as SES does; ``conduct`` is by recipient."""

    def __init__(self, conduct: Conduct | None = None) -> None:
        super().__init__(_Handler, conduct or Conduct())
        self.mailbox: list[EmailMessage] = []
        self.configuration_sets: list[str] = []

    @property
    def url(self) -> str:
        """Where it is, in the form that the settings take."""
        return f"ses://AKIDSANDBOX:sandbox-secret@eu-central-1?configuration_set=nolapse&endpoint=http://{self.address}"

    def take(self, asked: dict[str, object]) -> str:
        """Keep a mail and return its id."""
        content = cast("dict[str, dict[str, str]]", asked["Content"])
        raw = base64.b64decode(content["Raw"]["Data"])
        with self._lock:
            self.mailbox.append(message_from_bytes(raw, policy=default))
            self.configuration_sets.append(str(asked.get("ConfigurationSetName", "")))
            return f"0100{len(self.mailbox):012d}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, {"SendingEnabled": True})

    def do_POST(self) -> None:
        server = cast("SesServer", self.server)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = server.conduct.towards(asked["Destination"]["ToAddresses"][0])
        if refusal := _REFUSALS.get(behaviour):
            status, code, words = refusal
            self._answer(status, {"message": words}, code)
            return
        number = server.take(asked)
        if behaviour is Behaviour.SILENT:
            server.stopping.wait()
        if behaviour in (Behaviour.SILENT, Behaviour.HANG_UP):
            self.close_connection = True
            return
        self._answer(200, {"MessageId": number})

    def _answer(self, status: int, document: dict[str, object], code: str = "") -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  http.server names them so
        """Say nothing."""
