"""In which language a request is answered: pages in that of who asks, the API in English, as programs expect it."""

from starlette.requests import Request

import settings
from api_stub.security.principal import Principal
from rules import languages
from wording import messages


def begin(request: Request, *, page: bool) -> None:
    """Speak the language of an answer from here on."""
    messages.speak(language_of(request) if page else messages.LANGUAGES[0])


def language_of(request: Request) -> str:
    """Return the language of a person; of a stranger, what their browser likes best of those that there are."""
    who = getattr(request.state, "principal", None)
    if isinstance(who, Principal):
        return languages.negotiate(who.language, messages.LANGUAGES)
    first = settings.current().language
    liked = request.headers.get("accept-language", "")
    return languages.accepted(liked, (first, *(one for one in messages.LANGUAGES if one != first)))
