"""What a sentence or a status says, word by word: there are endless sentences, but few words that tell the outcome.

    "O domínio não foi encontrado"    domain, not, taken    -> available
    "El servicio no está disponible"  service, not, up      -> unavailable
    "Przekroczono limit zapytań"      exceeded, limit       -> throttled

``phrases`` reads English sentences more closely, because those of terms of use are like them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import lru_cache
from itertools import pairwise
from typing import Self

from rules.domains.records import Answer
from rules.whois import verdict_words
from rules.whois.characters import folded

MOST_WORDS = 18
"""A sentence of more words does not say what became of a query."""

_MOST_OF_STATUS = 7
_SHORT = 8
_BARE = 3
"""A sentence of so few words need not name its subject: "nicht gefunden"."""

_NEAR = 4
"""How many words before a word its negation may stand."""


_LONGEST_ENGLISH, _FIRST_WORDS = 12, 4
"""The length of an English sentence that is read word by word; a long one has its subject among its first words."""

_BEHIND = (["degil"], ["degildir"], ["yok"])
"""Negations that stand behind what they negate."""


class _Concept(IntEnum):  # its members are hashed often: as numbers that is quick
    DOMAIN = auto()
    NOT = auto()
    ABSENT = auto()
    TAKEN = auto()
    ALREADY = auto()
    THINGS = auto()
    FREE = auto()
    REGISTRATION = auto()
    KEPT = auto()
    HELD = auto()
    SERVICE = auto()
    DOWN = auto()
    UP = auto()
    LIMIT = auto()
    REQUESTS = auto()
    EXCEEDED = auto()
    TOO = auto()
    MANY = auto()
    CLIENT = auto()
    CONDITIONAL = auto()
    KEPT_AS_A_STATUS = auto()
    NOT_NAMES = auto()
    ERROR = auto()
    INTERNAL = auto()
    INVALID = auto()
    ENGLISH_NOT = auto()
    ENGLISH_TAKEN = auto()
    ENGLISH_FREE = auto()
    ENGLISH_HELD = auto()
    ENGLISH_KEPT = auto()
    ENGLISH_SUBJECT = auto()
    ENGLISH_OF_SOMETHING_ELSE = auto()
    MAINTENANCE = auto()
    AUXILIARY = auto()
    ENGLISH_DOWN = auto()
    ENGLISH_THINGS = auto()
    SHOWING = auto()
    ACCESS = auto()
    REQUIRED = auto()
    NONE = auto()
    REGISTERING = auto()
    REGISTRIES = auto()
    POSSIBLE = auto()
    CAN = auto()
    FOR = auto()
    CANNOT = auto()
    REGISTRABLE = auto()


def _vocabulary() -> dict[str, frozenset[_Concept]]:
    """Return what each word may mean; the key ends with an asterisk where it is only the beginning of words."""
    found: dict[str, set[_Concept]] = {}
    for concept in _Concept:
        for word in folded(getattr(verdict_words, concept.name)).split():
            found.setdefault(word, set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in found.items()}


_VOCABULARY = _vocabulary()
_OF_NOTHING = frozenset[_Concept]()

_OF_WHAT_MAY_BE = frozenset({_Concept.POSSIBLE, _Concept.CONDITIONAL, _Concept.FREE})
_OF_REGISTERING = frozenset({_Concept.REGISTERING, _Concept.REGISTRATION})
_OF_SUBJECTS = frozenset({_Concept.SERVICE, _Concept.DOMAIN})
_OF_WHAT_LACKS = frozenset({_Concept.THINGS, _Concept.DOMAIN})


@lru_cache(maxsize=4096)
def _concepts(word: str) -> frozenset[_Concept]:
    begun = (f"{word[:end]}*" for end in range(1, len(word) + 1))
    return _OF_NOTHING.union(*(_VOCABULARY[known] for known in (word, *begun) if known in _VOCABULARY))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The concepts of each word, and whether the asked name stood among them."""

    words: tuple[frozenset[_Concept], ...]
    concepts: frozenset[_Concept]
    names_it: bool

    @classmethod
    def of(cls, words: Sequence[str], *, names_it: bool) -> Self:
        """Return the sentence of these words."""
        found = tuple(map(_concepts, words))
        return cls(found, _OF_NOTHING.union(*found), names_it)

    def has(self, *concepts: _Concept) -> bool:
        """Return whether there is a word for each concept."""
        return self.concepts.issuperset(concepts)

    @property
    def is_named(self) -> bool:
        """Whether it names its subject: a domain, or the asked name itself."""
        return self.names_it or self.has(_Concept.DOMAIN)

    @property
    def is_of_a_domain(self) -> bool:
        """Whether it is about a domain in English, or about the asked name: "name" alone may be a person's."""
        return self.names_it or any(_Concept.DOMAIN in word and _Concept.ENGLISH_SUBJECT in word for word in self.words)

    @property
    def is_short(self) -> bool:
        return len(self.words) <= _SHORT

    @property
    def is_of_the_service(self) -> bool:
        """Whether its first subject is the service or its database, and not a name."""
        if self.names_it or _Concept.SERVICE not in self.concepts:
            return False
        return _Concept.SERVICE in next(word for word in self.words if word & _OF_SUBJECTS)

    @property
    def is_conditional(self) -> bool:
        """Whether it tells what may happen; "no puede" and "no se puede" do not."""
        if _Concept.CONDITIONAL not in self.concepts:
            return False
        before = zip((_OF_NOTHING, _OF_NOTHING, *self.words), (_OF_NOTHING, *self.words), strict=False)
        around = zip(before, self.words, (*self.words[1:], _OF_NOTHING), strict=False)
        return any(
            _Concept.CONDITIONAL in word and _Concept.NOT not in _OF_NOTHING.union(*two, behind)
            for two, word, behind in around
        )

    @property
    def says_it_can_be_registered(self) -> bool:
        """Whether it says of the name, and nothing else, that it can be registered: "galima registruoti"."""
        if not self.names_it or not self.is_short or self.concepts & {_Concept.NOT, _Concept.ALREADY}:
            return False
        may = all(_Concept.POSSIBLE in word for word in self.words if _Concept.CONDITIONAL in word)
        return may and self.has(_Concept.POSSIBLE, _Concept.REGISTERING)

    @property
    def cannot_be_registered(self) -> bool:
        """Whether it says that nobody can register it: "nelze registrovat", "non registrabile", "não pode ser"."""
        if self.negates(_Concept.REGISTRABLE, near=2):
            return True
        if self.concepts.isdisjoint(_OF_REGISTERING) or not self.says_what_cannot_be:
            return False
        return not any(_Concept.TAKEN in word and not word & _OF_REGISTERING for word in self.words)

    @property
    def says_what_cannot_be(self) -> bool:
        """Whether it says in another language than English that something cannot be done: "nelze", "no se puede"."""
        return self.has(_Concept.CANNOT) or self.negates(_Concept.CAN, near=2)

    def negates(self, concept: _Concept, near: int = _NEAR) -> bool:
        """Return whether a negation stands a few words before a word of the concept, or right behind it."""
        if concept not in self.concepts or _Concept.NOT not in self.concepts:
            return False
        for at, word in enumerate(self.words):
            if concept in word:
                before = self.words[max(0, at - near) : at]
                behind = self.words[at + 1 : at + 2]
                if any(_Concept.NOT in other for other in (*before, *behind)):
                    return True
        return False

    @property
    def is_known(self) -> bool:
        """Whether each of its words is known."""
        return all(self.words)

    @property
    def is_forbidden(self) -> bool:
        """Whether it says what is not possible: "no puede", "kann nicht"."""
        return any(
            _Concept.CONDITIONAL in word | behind and _Concept.NOT in word | behind
            for word, behind in pairwise(self.words)
        )

    def is_clouded(self, concept: _Concept) -> bool:
        """Return whether an unknown word stands right before a word of the concept: it may reverse its meaning."""
        return any(concept in word and not before for before, word in pairwise(self.words))

    def ends_with(self, concept: _Concept) -> bool:
        return bool(self.words) and concept in self.words[-1]


def refuses(plain: str, *, names_it: bool) -> bool:
    """Return whether a folded line says that we ask too often, or that our address is shut out."""
    sentence = _sentence(plain, names_it=names_it)
    return sentence is not None and _refuses(sentence)


def of_sentence(plain: str, *, names_it: bool) -> Answer | None:
    """Return what a folded line says that is no refusal, None where its words do not tell.

    ``names_it`` says that the asked name was in it.
    """
    sentence = _sentence(plain, names_it=names_it)
    if sentence is None:
        return None
    if _is_in_trouble(sentence):
        return Answer.UNAVAILABLE
    return None if sentence.is_of_the_service else _of_a_name(sentence)


@lru_cache(maxsize=256)
def _sentence(plain: str, *, names_it: bool) -> _Sentence | None:
    words = plain.split()
    if not words or len(words) > MOST_WORDS:
        return None
    sentence = _Sentence.of(words, names_it=names_it)
    return None if sentence.is_conditional and not sentence.says_it_can_be_registered else sentence


def _is_in_trouble(sentence: _Sentence) -> bool:
    """Return whether the server cannot search, or did not understand what it was asked."""
    if sentence.is_short and _has_failed(sentence):
        return True
    if sentence.has(_Concept.REQUESTS) and (
        sentence.has(_Concept.INVALID) or (sentence.says_what_cannot_be and not sentence.names_it)
    ):
        return True
    return sentence.is_of_the_service and _is_down(sentence)


def _has_failed(sentence: _Sentence) -> bool:
    """Return whether a short sentence tells of an error, of maintenance or that a password is wanted."""
    if sentence.has(_Concept.MAINTENANCE) or sentence.has(_Concept.ACCESS, _Concept.REQUIRED):
        return True
    return sentence.has(_Concept.ERROR) and (sentence.has(_Concept.INTERNAL) or sentence.has(_Concept.SERVICE))


def _is_down(sentence: _Sentence) -> bool:
    if sentence.has(_Concept.DOWN) or sentence.negates(_Concept.UP):
        return True
    return sentence.has(_Concept.ENGLISH_DOWN) and not sentence.has(_Concept.ENGLISH_NOT)


def of_status(plain: str) -> Answer | None:
    """Return what the words of a status line say by themselves, None where they do not tell."""
    words = plain.split()
    if not words or len(words) > _MOST_OF_STATUS:
        return None
    status = _Sentence.of(words, names_it=True)
    if _refuses(status):
        return Answer.THROTTLED
    if status.words[0] & {_Concept.KEPT, _Concept.KEPT_AS_A_STATUS}:
        return Answer.RESERVED
    if status.words[0] & {_Concept.HELD, _Concept.TAKEN} and words[1:2] not in _BEHIND:
        return Answer.REGISTERED  # "REGISTERED, NOT DELEGATED"
    if "not" in words and not status.has(_Concept.ENGLISH_FREE):
        return Answer.AVAILABLE if status.has(_Concept.HELD) else None
    return _free_in_english(status) or _of_a_name(status) or _held(status)


def _free_in_english(status: _Sentence) -> Answer | None:
    return Answer.AVAILABLE if status.has(_Concept.ENGLISH_FREE) and not status.has(_Concept.ENGLISH_NOT) else None


def _refuses(sentence: _Sentence) -> bool:
    if sentence.has(_Concept.EXCEEDED) and (sentence.has(_Concept.LIMIT) or sentence.has(_Concept.REQUESTS)):
        return not sentence.negates(_Concept.EXCEEDED)
    if sentence.has(_Concept.CLIENT, _Concept.KEPT) and not sentence.is_named:
        return True
    return sentence.has(_Concept.TOO, _Concept.REQUESTS) and any(
        _Concept.TOO in word and behind & {_Concept.MANY, _Concept.REQUESTS}
        for word, behind in pairwise(sentence.words)
    )


def of_english(plain: str, *, names_it: bool) -> Answer | None:
    """Return what a short English sentence says of the name, where no phrase is known for it; else None."""
    sentence = _sentence(plain, names_it=names_it)
    if sentence is None or len(sentence.words) > _LONGEST_ENGLISH:
        return None
    if _lacks_english_things(sentence):
        return Answer.AVAILABLE
    about = sentence.words if sentence.is_short else sentence.words[:_FIRST_WORDS]
    is_about_it = names_it or any(_Concept.ENGLISH_SUBJECT in word for word in about)
    return _of_english_words(sentence) if is_about_it and not sentence.has(_Concept.ENGLISH_OF_SOMETHING_ELSE) else None


def _of_english_words(sentence: _Sentence) -> Answer | None:
    is_negative = sentence.has(_Concept.ENGLISH_NOT)
    if sentence.has(_Concept.ENGLISH_KEPT):
        return None if is_negative or not sentence.is_of_a_domain else Answer.RESERVED
    if sentence.has(_Concept.ENGLISH_FREE):
        return Answer.REGISTERED if is_negative else Answer.AVAILABLE
    if is_negative:
        return Answer.AVAILABLE if sentence.has(_Concept.ENGLISH_TAKEN) else None
    return Answer.REGISTERED if _is_held(sentence) else None


def _is_held(sentence: _Sentence) -> bool:
    """Return whether the sentence says that the name is held; "all registered domain names" does not."""
    if sentence.names_it:
        return sentence.has(_Concept.ENGLISH_HELD)
    subject = next((at for at, word in enumerate(sentence.words) if _Concept.ENGLISH_SUBJECT in word), 0)
    return any(_Concept.ENGLISH_HELD in word for word in sentence.words[subject:])


def _lacks_english_things(sentence: _Sentence) -> bool:
    """Return whether there is "no information about" the asked name; "no information is shown" does not count."""
    if not sentence.names_it or sentence.has(_Concept.SHOWING):
        return False
    return any(
        _Concept.ENGLISH_NOT in word
        and any(_Concept.ENGLISH_THINGS in other for other in sentence.words[at + 1 : at + 4])
        for at, word in enumerate(sentence.words)
    )


def _of_a_name(sentence: _Sentence) -> Answer | None:
    if sentence.says_it_can_be_registered:
        return Answer.AVAILABLE
    if sentence.cannot_be_registered or (sentence.is_named and _is_kept(sentence)):
        return Answer.RESERVED
    if sentence.is_named and not _tells_of_things(sentence):
        free = _of_free(sentence)
        if free is not None:
            return free
    if sentence.has(_Concept.ABSENT) or _is_nowhere(sentence) or _lacks_things(sentence):
        return Answer.AVAILABLE
    if sentence.negates(_Concept.TAKEN) and (sentence.is_named or len(sentence.words) <= _BARE):
        return Answer.AVAILABLE
    return Answer.REGISTERED if sentence.is_named and _is_taken(sentence) else None


def _is_kept(sentence: _Sentence) -> bool:
    """Return whether the name is kept from registration, or cannot be registered."""
    if sentence.has(_Concept.KEPT) and not sentence.has(_Concept.NOT_NAMES):
        return not sentence.negates(_Concept.KEPT, near=2)
    return sentence.has(_Concept.REGISTERING) and sentence.is_forbidden


def _is_taken(sentence: _Sentence) -> bool:
    if _Concept.TAKEN not in sentence.concepts or sentence.has(_Concept.NOT):
        return False
    told = sentence.ends_with(_Concept.TAKEN) and not sentence.is_clouded(_Concept.TAKEN)
    return told or sentence.has(_Concept.ALREADY)


def _is_nowhere(sentence: _Sentence) -> bool:
    """Return whether there is "no domain X", or X is "not in the register", and no unknown word says more."""
    none_of = _OF_NOTHING.union(*(behind for word, behind in pairwise(sentence.words) if _Concept.NONE in word))
    if none_of & _OF_WHAT_LACKS:
        return True
    if not sentence.names_it:
        return False
    if _Concept.REGISTRATION in none_of and not sentence.concepts & _OF_WHAT_MAY_BE:
        return True
    return sentence.is_known and sentence.negates(_Concept.REGISTRIES)


def _tells_of_things(sentence: _Sentence) -> bool:
    """Return whether the sentence is about data. "registro" alone does not count: a name may be free for it."""
    return any(_Concept.THINGS in word and _Concept.REGISTRATION not in word for word in sentence.words)


def _of_free(sentence: _Sentence) -> Answer | None:
    """Tell a free name from one that is not, and from one that is kept from registration."""
    if sentence.ends_with(_Concept.DOWN):
        return Answer.REGISTERED
    if not sentence.has(_Concept.FREE):
        return None
    for_registration = sentence.has(_Concept.REGISTRATION)
    if sentence.negates(_Concept.FREE):
        return Answer.RESERVED if for_registration else Answer.REGISTERED
    if sentence.is_clouded(_Concept.FREE):
        return None
    return Answer.AVAILABLE if for_registration or sentence.ends_with(_Concept.FREE) else None


def _lacks_things(sentence: _Sentence) -> bool:
    """Return whether there is nothing: "kein Eintrag", "nessun oggetto", "запись не найдена", "данных нет"."""
    return sentence.has(_Concept.NOT) and (
        any(
            _Concept.NOT in word
            and any(
                _Concept.THINGS in other and _Concept.FOR not in before
                for before, other in pairwise(sentence.words[at : at + 3 + sentence.names_it])
            )
            for at, word in enumerate(sentence.words)
        )
        or (sentence.ends_with(_Concept.NOT) and any(word & _OF_WHAT_LACKS for word in sentence.words[-2:-1]))
        or (sentence.has(_Concept.THINGS) and sentence.negates(_Concept.TAKEN))
    )


def _held(status: _Sentence) -> Answer | None:
    if status.has(_Concept.HELD):
        return Answer.AVAILABLE if _Concept.NOT in status.words[0] else Answer.REGISTERED
    return Answer.REGISTERED if status.has(_Concept.TAKEN) and not status.has(_Concept.NOT) else None
