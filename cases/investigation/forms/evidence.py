"""Evidence, its custody, and interviews."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.forms import TransitionForm
from cases.investigation.forms.fields import CHOOSE, OneFileField, PastDayField, long_text
from cases.investigation.models import Capacity, Confirmation, CustodyKind, EvidenceKind
from integrity.ui.forms import TimeInput


class AddEvidence(TransitionForm):
    """One item of evidence."""

    explanation = gettext_lazy(
        "The item gets a number. Its chain of custody begins now, and neither can be changed afterwards."
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[CHOOSE, *EvidenceKind.choices])
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    description = long_text(gettext_lazy("Description"), rows=4, required=False)
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=300,
        help_text=gettext_lazy("A person, an office or a system."),
    )
    how = long_text(
        gettext_lazy("How it was obtained"),
        rows=3,
        help_text=gettext_lazy("By whose consent or order, and who was there."),
    )
    obtained_on = PastDayField(label=gettext_lazy("Obtained on"))
    place_kept = forms.CharField(label=gettext_lazy("Where it is kept"), max_length=300)
    file = OneFileField(label=gettext_lazy("File"))
    sections = [
        (gettext_lazy("What it is"), "", ["kind", "title", "description", "file"]),
        (gettext_lazy("Origin and place"), "", ["source", "how", "obtained_on", "place_kept"]),
    ]


class RecordCustody(TransitionForm):
    """What happened to an item."""

    explanation = gettext_lazy("The event joins the item's chain of custody and cannot be changed afterwards.")
    evidence = forms.TypedChoiceField(label=gettext_lazy("Item"), coerce=int)
    kind = forms.ChoiceField(label=gettext_lazy("What happened"), choices=[CHOOSE, *CustodyKind.choices])
    on = PastDayField(label=gettext_lazy("On which day"))
    handed_from = forms.CharField(label=gettext_lazy("From"), max_length=300, required=False)
    handed_to = forms.CharField(label=gettext_lazy("To"), max_length=300, required=False)
    remark = long_text(gettext_lazy("Remark"), rows=3, required=False)
    place_kept = forms.CharField(
        label=gettext_lazy("Where it is kept now"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Only when the place has changed."),
    )

    def prepare(self) -> None:
        """List the items of the case."""
        field: Any = self.fields["evidence"]
        field.choices = [
            CHOOSE,
            *(
                (str(item.number), f"{item.label} {item.open(self.actor.keys, 'details')['title']}")
                for item in self.subject.evidence.all()
            ),
        ]
        self.fields["on"].initial = clock.today

    def clean(self) -> dict[str, Any]:
        """Who takes an item over, or gets it back, must be named."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") in {CustodyKind.HANDED_OVER, CustodyKind.RETURNED} and not data.get("handed_to"):
            self.add_error("handed_to", _("Name who has the item now."))
        return data


class RecordInterview(TransitionForm):
    """The record of an interview."""

    explanation = gettext_lazy("The record gets a number and cannot be changed afterwards.")
    who = forms.CharField(label=gettext_lazy("Who was interviewed"), max_length=200)
    capacity = forms.ChoiceField(label=gettext_lazy("As"), choices=Capacity.choices, widget=forms.RadioSelect)
    place = forms.CharField(label=gettext_lazy("Where"), max_length=200)
    on = PastDayField(label=gettext_lazy("On which day"))
    time = forms.TimeField(label=gettext_lazy("At what time"), widget=TimeInput, required=False)
    present = long_text(
        gettext_lazy("Who else was there"),
        rows=3,
        required=False,
        help_text=gettext_lazy("One on each line: interviewers, interpreter, companion."),
    )
    caution = forms.BooleanField(
        label=gettext_lazy("The person was told of their rights before the interview"),
        required=False,
        help_text=gettext_lazy("Always needed for a subject."),
    )
    text = long_text(gettext_lazy("Record"), rows=14)
    confirmation = forms.ChoiceField(
        label=gettext_lazy("How the record was confirmed"), choices=Confirmation.choices, widget=forms.RadioSelect
    )
    recording = OneFileField(label=gettext_lazy("Recording"))
    sections = [
        (gettext_lazy("The person"), "", ["who", "capacity", "caution"]),
        (gettext_lazy("The occasion"), "", ["place", "on", "time", "present"]),
        (gettext_lazy("The record"), "", ["text", "confirmation", "recording"]),
    ]

    def clean(self) -> dict[str, Any]:
        """A subject must have been told of their rights."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("capacity") == Capacity.SUBJECT and not data.get("caution"):
            self.add_error(
                "caution",
                _("A subject must be told of their rights before the interview; without that it cannot be used."),
            )
        return data
