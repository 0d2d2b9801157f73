"""What a mail provider is: it takes a mail and says so.

send ──> Receipt      it has the mail
    ├──> Unavailable  it surely has not, and may be asked again, or another one (Deferred: for this mail alone)
    ├──> Rejected     it surely has not, and never will
    └──> Unsettled    its fate is unknown: it is never blindly sent again
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider's answer, and its reply to each recipient that it did not take.

    A refused recipient whose reply begins with 4 may be tried again; one whose reply begins with 5 may not.
    ``provider_id`` is what it calls the mail in its notifications, where it has any.
    """

    reply: str
    refused: Mapping[str, str]
    provider_id: str | None = None


class MailProvider(Protocol):
    """A provider. It tries nothing again by itself."""

    @property
    def service(self) -> str:
        """Which kind it is: ``smtp``, ``ses``."""
        ...

    @property
    def server(self) -> str:
        """Its host, with the port where that is not the usual one: the name of its lane."""
        ...

    def send(self, message: EmailMessage, *, sender: str, recipients: Sequence[str]) -> Receipt:
        """Hand a message over. Raises as the module says."""
        ...

    def check(self) -> None:
        """Reach it and sign in, and hand it nothing. Raises Unavailable or Rejected."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...
