"""Forms of the recovery room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.recovery.models import Ceremony, GroundOfRequest
from integrity.recovery.scopes import scope, scopes
from integrity.recovery.words import GREATEST_COUNT, Unreadable, Words, read
from integrity.ui.forms import Form

NEW_KEY, SAME_KEY = "new", "same"


class PersonChoice(forms.ModelChoiceField):
    """One person, by name and office."""

    def label_from_instance(self, person: Any) -> str:
        """Name and office."""
        return f"{person.name}, {person.office.name}"


class PeopleChoice(forms.ModelMultipleChoiceField):
    """Several people, by name and office."""

    def label_from_instance(self, person: Any) -> str:
        """Name and office."""
        return f"{person.name}, {person.office.name}"


class Propose(Form):
    """The custodians, how many of them recover, and whether the key stays."""

    manner = forms.ChoiceField(
        label=_("The recovery key"),
        widget=forms.RadioSelect,
        choices=[
            (
                NEW_KEY,
                _(
                    "A new key. The old sheets open nothing that comes later, and nothing at all once "
                    "everything was brought over."
                ),
            ),
            (
                SAME_KEY,
                _(
                    "The same key, in new shares. Quick, but enough people who kept their old sheets could "
                    "still recover together."
                ),
            ),
        ],
        initial=NEW_KEY,
    )
    people = PeopleChoice(
        label=_("Custodians"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Choose people who do not depend on one another and do not all sit in one building. Only people with the "
            "role of a recovery custodian who have signed in before are listed."
        ),
        error_messages={"required": _("Choose the custodians.")},
    )
    threshold = forms.IntegerField(
        label=_("How many of them are needed together"),
        min_value=2,
        max_value=GREATEST_COUNT - 1,
        initial=2,
        help_text=_("At least two, and fewer than there are custodians: two of three, or three of five."),
    )

    def __init__(self, data: Any = None, *, proposer: User, replaces: Ceremony | None) -> None:
        super().__init__(data)
        in_role = Appointment.objects.in_force().filter(role=Role.RECOVERY).values("person")
        people = User.objects.filter(pk__in=in_role, is_active=True, key__isnull=False).exclude(pk=proposer.pk)
        self.fields["people"].queryset = people.select_related("office", "key")  # type: ignore[attr-defined]
        if replaces is None:
            del self.fields["manner"]

    @property
    def keeps_key(self) -> bool:
        """Whether the recovery key stays and only its shares are new."""
        return bool(self.cleaned_data.get("manner") == SAME_KEY)


class TypedWords(Form):
    """The words of a sheet. A form that was refused shows what was typed, in the page of whoever typed it."""

    words = forms.CharField(
        label=_("The words of your sheet"),
        max_length=2000,
        widget=forms.Textarea(
            attrs={
                "rows": 7,
                "autocomplete": "off",
                "autocapitalize": "none",
                "autocorrect": "off",
                "spellcheck": "false",
                "dir": "ltr",
                "lang": "en",
                "class": "code",
            }
        ),
        help_text=_(
            "33 English words, in their order, with a space between them. Capitals and numbers do not matter; the "
            "first four letters of a word are enough."
        ),
        error_messages={"required": _("Type the words of your sheet.")},
    )

    def clean_words(self) -> Words:
        """The sheet. Each word that is not in the list is named."""
        try:
            return read(self.cleaned_data["words"])
        except Unreadable as unreadable:
            raise ValidationError(list(unreadable.sentences)) from unreadable


class Ask(Form):
    """What is to be recovered, for whom, and why."""

    sections = [
        (_("What"), "", ["beneficiary", "scope", "reference"]),
        (_("Why"), _("A second person decides on it."), ["ground", "reason"]),
    ]

    beneficiary = PersonChoice(
        label=_("For whom"),
        queryset=User.objects.none(),
        help_text=_("The person who will be able to open it. Not yourself."),
    )
    scope = forms.ChoiceField(label=_("What is to be recovered"), widget=forms.RadioSelect)
    reference = forms.CharField(
        label=_("Number of the case or report"),
        required=False,
        max_length=20,
        help_text=_("Such as C-7KQ4-M2PX. Leave it empty for what a person held."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )
    ground = forms.ChoiceField(label=_("Ground"), widget=forms.RadioSelect, choices=GroundOfRequest.choices)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "Read by the person it is for, the custodians and whoever may decide. It is sealed to each of them. Do not "
            "write what a case is about."
        ),
    )

    def __init__(self, data: Any = None, *, asker: User) -> None:
        super().__init__(data)
        people = User.objects.filter(is_active=True, key__isnull=False).exclude(pk=asker.pk)
        self.fields["beneficiary"].queryset = people.select_related("office", "key")  # type: ignore[attr-defined]
        self.fields["scope"].choices = [(each.name, each.label) for each in scopes()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A case or a report needs its number."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "scope" in cleaned and scope(cleaned["scope"]).needs_reference and not cleaned.get("reference", "").strip():
            self.add_error("reference", _("Give the number of what is to be recovered."))
        return cleaned
