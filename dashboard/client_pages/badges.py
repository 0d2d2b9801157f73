"""Badges: a label and a short text, as an SVG that other sites may show. Pure but for the template."""

from dataclasses import dataclass
from typing import Final

from fastapi import Response

from dashboard.rendering import formatting, render

_WIDTH_OF_LETTER: Final = 7
_PADDING: Final = 12
_LONGEST: Final = 60
_COLOURS: Final = {"good": "#14683a", "warn": "#7a4b00", "bad": "#a81c1c", "calm": "#4b5563"}
_HEADERS: Final = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge: its two texts, and how wide each is in pixels."""

    label: str
    said: str
    colour: str

    @property
    def label_width(self) -> int:
        return len(self.label) * _WIDTH_OF_LETTER + _PADDING

    @property
    def said_width(self) -> int:
        return len(self.said) * _WIDTH_OF_LETTER + _PADDING


def answer(label: str, said: str, shade: str) -> Response:
    """Answer with a badge. Long texts are cut, and the template escapes them; caches may keep it for five minutes."""
    shown = Badge(formatting.visible(label)[:_LONGEST], formatting.visible(said)[:_LONGEST], _COLOURS[shade])
    svg = render.environment().get_template("client_pages/badge.svg").render(badge=shown)
    return Response(svg, media_type="image/svg+xml", headers=_HEADERS)
