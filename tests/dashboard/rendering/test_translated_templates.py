"""What stands in a sentence of another language is as harmless as in English."""

from dashboard.rendering import render
from wording import messages


def test_what_a_sentence_is_filled_with_stays_escaped() -> None:
    """A stranger's text may come with a number, behind a place of a message, or in a translation that moves it."""
    evil = "<script>\u202e</script>"
    render.environment.cache_clear()
    for language in messages.LANGUAGES:
        messages.speak(language)
        templates = render.environment(language)
        source = (
            '{{ ngettext("{number} domain will be gone {when}.", "{number} domains will be gone {when}.", 2,'
            " when=evil) }}"
            '{{ _("Nothing is {state}.", state=evil) }}<p>As of {{ evil }}. Search <small>{{ evil }}</small></p>'
        )
        shown = templates.from_string(source).render(evil=evil)
        assert "<script>" not in shown
        assert "\u202e" not in shown
        assert shown.count("&lt;script&gt;") == 4
    messages.speak("en")
