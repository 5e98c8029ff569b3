"""Forms in which a person chooses a passphrase. What was typed is never sent back to the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrity.people.models import User
from integrity.people.passphrases import Strength, judge
from integrity.ui.forms import Form

LONGEST = 200


def _field(label: Any, *, autocomplete: str, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST,
        strip=False,
        help_text=hint,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class ChoosePassphrase(Form):
    """A passphrase, typed twice; `strength` is how hard it is to guess, once it was sent."""

    forgets = True

    passphrase = _field(
        gettext_lazy("Passphrase"),
        autocomplete="new-password",
        hint=gettext_lazy(
            "Four or five words that do not belong together are strong and easy to remember. Spaces count. "
            "Nobody can look it up for you."
        ),
    )
    again = _field(gettext_lazy("The same passphrase again"), autocomplete="new-password")

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data)
        self.person = person
        self.strength: Strength | None = None

    def clean_passphrase(self) -> str:
        """Refuse what is easy to guess, and say why."""
        passphrase: str = self.cleaned_data["passphrase"]
        self.strength = judge(passphrase, person=self.person)
        if not self.strength.is_enough:
            raise ValidationError(
                _("This passphrase is too easy to guess. %(why)s Add another word or two that nobody would expect.")
                % {"why": self.strength.why}
            )
        return passphrase

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        given = super().clean() or {}
        first, second = given.get("passphrase"), given.get("again")
        if first and second and first != second:
            self.add_error("again", _("The two passphrases are not the same. Type both again."))
        return given


class ChangePassphrase(ChoosePassphrase):
    """The passphrase until now, and the new one twice."""

    present = _field(gettext_lazy("Present passphrase"), autocomplete="current-password")
    field_order = ("present", "passphrase", "again")

    def clean(self) -> dict[str, Any]:
        """Refuse the same one again."""
        given = super().clean()
        if given.get("present") and given["present"] == given.get("passphrase"):
            self.add_error("passphrase", _("This is your present passphrase. Choose another one."))
        return given


class EarlierPassphrase(Form):
    """The passphrase of an earlier key."""

    forgets = True

    passphrase = _field(gettext_lazy("Earlier passphrase"), autocomplete="off")
