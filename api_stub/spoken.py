"""The language of an answer: pages speak the reader's language, the API speaks English, as programs expect."""

from starlette.requests import Request

import settings
from api_stub.security.principal import Principal
from rules import languages
from wording import messages


def begin(request: Request, *, page: bool) -> None:
    """Set the language of the answer for the rest of the request."""
    messages.speak(language_of(request) if page else messages.LANGUAGES[0])


def language_of(request: Request) -> str:
    """Return the language of a signed-in person; for anybody else, the one of ours that their browser prefers."""
    who = getattr(request.state, "principal", None)
    if isinstance(who, Principal):
        return languages.negotiate(who.language, messages.LANGUAGES)
    first = settings.current().language
    liked = request.headers.get("accept-language", "")
    return languages.accepted(liked, (first, *(one for one in messages.LANGUAGES if one != first)))
