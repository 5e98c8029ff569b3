"""How strong a passphrase is, in words, and changing one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integrity.action import Actor, NotPermitted, action, record
from integrity.people.events import tell
from integrity.people.models import PersonEventKind, Sitting, User
from integrity.policy import Party
from integrity.vault import actions as vault

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

LEAST: Final = 3
BEST: Final = 4
# The estimate takes time that grows with the square of the length; what begins strong stays strong.
_ESTIMATED: Final = 72
_SEPARATORS: Final = re.compile(r"[\s@.,;:'_/-]+")
_WORD: Final = 3

_LEVELS: Final = (_("very weak"), _("weak"), _("fair"), _("strong"), _("very strong"))
_WHY: Final = {
    "Straight rows of keys are easy to guess.": _("Straight rows of keys are easy to guess."),
    "Short keyboard patterns are easy to guess.": _("Short keyboard patterns are easy to guess."),
    'Repeats like "aaa" are easy to guess.': _("Repeats like “aaa” are easy to guess."),
    'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': _(
        "Repeats like “abcabcabc” are only slightly harder to guess than “abc”."
    ),
    'Sequences like "abc" or "6543" are easy to guess.': _("Sequences like “abc” or “6543” are easy to guess."),
    "Recent years are easy to guess.": _("Recent years are easy to guess."),
    "Dates are often easy to guess.": _("Dates are often easy to guess."),
    "This is a top-10 common password.": _("It is one of the ten most common passwords."),
    "This is a top-100 common password.": _("It is one of the hundred most common passwords."),
    "This is a very common password.": _("It is a very common password."),
    "This is similar to a commonly used password.": _("It is similar to a common password."),
    "A word by itself is easy to guess.": _("A word by itself is easy to guess."),
    "Names and surnames by themselves are easy to guess.": _("Names by themselves are easy to guess."),
    "Common names and surnames are easy to guess.": _("Common names are easy to guess."),
}
_SHORT: Final = _("There is too little of it that nobody could guess.")
_YOURS: Final = _("It is made of what others know about you or this institution.")


@dataclass(frozen=True)
class Strength:
    """How hard a passphrase is to guess: 0 to 4, and for a weak one why."""

    score: int
    why: StrPromise | str = ""

    @property
    def is_enough(self) -> bool:
        """Whether it may be chosen."""
        return self.score >= LEAST

    @property
    def level(self) -> StrPromise | str:
        """The score in words."""
        return _LEVELS[self.score]

    @property
    def best(self) -> int:
        """The highest score there is."""
        return BEST


def judge(passphrase: str, *, person: User) -> Strength:
    """Estimate how hard a passphrase is to guess for somebody who knows the person and the institution.

    What counts is what is left without the spaces, which the estimator takes for much, and without what is known.
    """
    beginning = passphrase[:_ESTIMATED]
    joined = "".join(_SEPARATORS.split(beginning))
    unknown = joined
    for word in sorted(_known_of(person), key=len, reverse=True):
        unknown = re.sub(re.escape(word), "", unknown, flags=re.IGNORECASE)
    if not unknown:
        return Strength(0, _YOURS if joined else _SHORT)
    # Its word lists are 15 MB, which a process that never judges a passphrase need not hold.
    from zxcvbn import zxcvbn

    found = [zxcvbn(text, max_length=_ESTIMATED) for text in (beginning, joined, unknown)]
    weakest = min(found, key=lambda each: each["guesses"])
    score = int(weakest["score"])
    if score >= LEAST:
        return Strength(score)
    if unknown != joined:
        return Strength(score, _YOURS)
    return Strength(score, _WHY.get(weakest["feedback"]["warning"], _SHORT))


def _known_of(person: User) -> set[str]:
    """The words that somebody would try first for this person, without spaces."""
    texts = (
        person.username,
        person.name,
        person.staff_number,
        person.email,
        person.office.name,
        person.office.code,
        settings.INSTITUTION_NAME,
    )
    words = {word for text in texts for word in _SEPARATORS.split(text)}
    return {word for word in words if len(word) >= _WORD}


@action(
    "people.passphrase_changed",
    by=(Party.DESK,),
    limit="one's own",
    description="A person changed the passphrase of their key.",
    step_up=True,
)
def change_passphrase(*, actor: Actor, lock: vault.NewLock, sitting: str) -> None:
    """Put the new lock in the place of the old one and end every other sitting; the key and what it opens stay.

    `sitting` is the identifier of the one that goes on. Raises NotPermitted for anybody else's key.
    """
    person = actor.user
    if lock.lock.key_id != person.key_id or actor.keys.key.pk != person.key_id:
        raise NotPermitted(_("Nobody changes the passphrase of somebody else."), object=actor.pseudonym)
    lock.save()
    Sitting.objects.filter(person=person).exclude(pk=sitting).delete()
    tell(person, PersonEventKind.PASSPHRASE_CHANGED, actor=actor)
    record(object=actor.pseudonym)


@action(
    "people.passphrase_refused",
    by=(Party.DESK,),
    limit="one's own",
    description="A wrong present passphrase was given to change it.",
)
def note_refused_passphrase(*, actor: Actor) -> None:
    """Leave an entry about somebody at an open desk who does not know its passphrase."""
    record(object=actor.pseudonym)
