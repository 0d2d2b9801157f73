"""Whose letter it is: the name or the logo, the colour and the last line that its reader sees."""

import re
from dataclasses import dataclass
from typing import Self

import settings
from db.billing.senders import Sender
from rules.billing import logos
from tasks.mail.letters.letter_kinds import Audience

OUR_COLOUR = "#0b5c6b"

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Brand:
    """A name, a colour as ``#rrggbb``, and a last line, empty where there is none.

    ``logo_of`` is the sender whose logo stands in place of the name; the mail carries the logo.
    Raises ``ValueError`` for another colour: it is written into a style.
    """

    name: str
    colour: str = OUR_COLOUR
    footer: str = ""
    logo_of: int | None = None

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"not a colour like {OUR_COLOUR}: {self.colour!r}")

    @classmethod
    def of_sender(cls, sender: Sender) -> Self:
        """Return the brand of a sender's letters: their name or logo, their colour, and their address."""
        where = ", ".join(
            one for one in (sender.name, *sender.address, f"{sender.postcode} {sender.city}".strip()) if one
        )
        colour = sender.accent if _COLOUR.fullmatch(sender.accent) else OUR_COLOUR
        logo_of = sender.id if logos.in_mail(sender.logo) else None
        return cls(sender.name, colour, where if where != sender.name else "", logo_of)

    @classmethod
    def of(cls, audience: Audience) -> Self:
        """Return the brand of letters that name no other: the seller's to clients, ours to staff."""
        return cls(settings.current().seller_name if audience is Audience.CLIENT else "Nolapse")
