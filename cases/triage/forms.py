"""Forms of the steps of a report. Opening a case has a form of its own in `conversion.py`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import Reasons, TransitionForm
from cases.models import Case
from cases.triage.models import Body, Ground
from cases.triage.scales import SCALES

OFFERED = 50


def message_field(*, label: Any, hint: Any, required: bool = True) -> forms.CharField:
    """A message that the reporting person reads in their inbox."""
    return forms.CharField(
        label=label,
        max_length=20_000,
        required=required,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=hint,
    )


class Acknowledge(TransitionForm):
    """A first word to the reporting person, if there is one."""

    explanation = gettext_lazy(
        "The reporting person reads that the office has the report. From today the clock for feedback runs."
    )
    message = message_field(
        label=gettext_lazy("A first word to the reporting person"),
        hint=gettext_lazy("The inbox confirms the receipt by itself; write only what comes on top of that."),
        required=False,
    )


class Assess(TransitionForm):
    """Four questions, and remarks for the file."""

    explanation = gettext_lazy("The priority follows from the answers; you can assess again later.")

    def prepare(self) -> None:
        """One group of radio buttons for each scale, filled in with the last assessment, then the remarks."""
        last = self.subject.assessments.first()
        for scale in SCALES:
            self.fields[scale.name] = forms.TypedChoiceField(
                label=scale.title,
                help_text=scale.question,
                choices=scale.choices,
                coerce=int,
                widget=forms.RadioSelect,
                initial=getattr(last, scale.name) if last else None,
            )
        self.fields["remarks"] = forms.CharField(
            label=_("Remarks"),
            max_length=20_000,
            required=False,
            widget=forms.Textarea(attrs={"rows": 5}),
            help_text=_("Why you answered as you did. They are sealed with the report."),
        )


class AskMore(TransitionForm):
    """A question to the reporting person."""

    explanation = gettext_lazy("The inbox shows the question and that an answer is awaited. They stay unknown to you.")
    body = message_field(
        label=gettext_lazy("Question"),
        hint=gettext_lazy("Do not ask for anything that could tell you who they are, unless you truly need it."),
    )


class Feedback(TransitionForm):
    """What was done with the report."""

    explanation = gettext_lazy("Tell them what was done or will be done, and why. It meets the clock.")
    body = message_field(
        label=gettext_lazy("Feedback"),
        hint=gettext_lazy("Write nothing that tells more about the people concerned than the reporting person knows."),
    )


class Reject(Reasons):
    """Close the report without a case."""

    explanation = gettext_lazy(
        "The report is closed. The reporting person reads your message, not the reasons for the file."
    )
    field_order = ["ground", "reasons", "message"]
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=Ground.choices, widget=forms.RadioSelect)
    message = message_field(
        label=gettext_lazy("Message to the reporting person"),
        hint=gettext_lazy("Say why no case is opened, and where else they can turn."),
    )


class Refer(Reasons):
    """Pass the report on to another body."""

    explanation = gettext_lazy("Note to whom the report is passed on, and tell the reporting person.")
    field_order = ["body", "name", "reasons", "message"]
    body = forms.ChoiceField(label=gettext_lazy("Kind of body"), choices=Body.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label=gettext_lazy("Name of the body"),
        max_length=200,
        help_text=gettext_lazy("With the unit or the contact, if there is one. It is sealed with the report."),
    )
    message = message_field(
        label=gettext_lazy("Message to the reporting person"),
        hint=gettext_lazy("Say who deals with the report from now on, and how they can be reached."),
    )


class Merge(TransitionForm):
    """Join the report to an open case that the officer works on."""

    explanation = gettext_lazy("The people on the case can then read this report and write to the reporting person.")
    case = forms.ChoiceField(label=gettext_lazy("Case"), required=False)
    reference = forms.CharField(
        label=gettext_lazy("Or the reference of the case"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("If it is not in the list, such as C-7KQ4-M2PX."),
    )
    message = message_field(
        label=gettext_lazy("Message to the reporting person"),
        hint=gettext_lazy("The inbox says by itself that the report was joined to another matter."),
        required=False,
    )

    def prepare(self) -> None:
        """Offer the newest open cases that this officer is a member of, by their titles."""
        keyring = self.actor.keys
        self._reachable = Case.objects.seen_by(self.actor.user).open()
        offered = list(self._reachable.select_related("key")[:OFFERED])
        keyring.find([case.key for case in offered])
        named = [
            (case.reference, f"{case.open(keyring, 'title')} ({case.reference})")
            for case in offered
            if keyring.holds(case.key)
        ]
        field = self.fields["case"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Choose a case")), *named]

    def clean(self) -> dict[str, Any]:
        """The case itself, from the list or by its reference."""
        given = super().clean() or {}
        reference = str(given.pop("reference", "") or given.get("case") or "").strip().upper()
        if not reference:
            if "case" not in self.errors:
                self.add_error("case", _("Choose the case that this report belongs to."))
            return given
        given["case"] = self._reachable.filter(reference=reference).select_related("key").first()
        if given["case"] is None:
            self.add_error("reference", _("You work on no open case with this reference. Check it, or ask who does."))
        return given
