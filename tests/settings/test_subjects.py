"""Settings are one class of many subjects, where one could quietly replace what another has by the same name."""

from collections import Counter

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from settings import Settings

LIBRARY = {*BaseSettings.__mro__, BaseModel}


def names(subject: type) -> set[str]:
    """Return what a class says itself: its fields, its validators and its properties."""
    own = {*subject.__annotations__, *(name for name, value in vars(subject).items() if callable(value))}
    own |= {name for name, value in vars(subject).items() if isinstance(value, (property, classmethod))}
    return {name for name in own if not name.startswith(("__", "model_"))} - {"_abc_impl"}


def test_no_two_subjects_of_settings_name_the_same() -> None:
    subjects = [one for one in Settings.__mro__ if one not in LIBRARY and issubclass(one, BaseModel)]
    counted = Counter(name for one in subjects for name in names(one))
    assert [name for name, number in counted.items() if number > 1] == []
    assert {"threads_lookup", "storage_url", "_distinct"} <= counted.keys()
