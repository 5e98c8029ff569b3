"""Forms of the publication room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import TransitionForm
from cases.publication.generalisation import GradeLevel, Levels, PeriodLevel, PlaceLevel, SanctionLevel
from cases.publication.handover import settled
from cases.publication.models import Ground

LEVELS: Mapping[str, Any] = {
    "period": PeriodLevel,
    "place": PlaceLevel,
    "grade": GradeLevel,
    "sanction": SanctionLevel,
}


class HandOver(TransitionForm):
    """Nothing to fill in; what leaves the case is fixed."""

    explanation = gettext_lazy(
        "Only coded fields leave the case: offence, gravity, sanction, grade band, office, the days of the decision "
        "and of its finality, and how an appeal ended. No name and no text. They are sealed to the register's editors."
    )


class EditEntry(TransitionForm):
    """How far each field is coarsened. Also read from the query of the page, to try levels out."""

    explanation = gettext_lazy(
        "Choose how exactly the register tells each field. The disclosure test answers for your choice before you "
        "submit it."
    )
    period = forms.ChoiceField(
        label=gettext_lazy("When it became final"), choices=PeriodLevel.choices, initial=Levels().period.value
    )
    place = forms.ChoiceField(label=gettext_lazy("Where"), choices=PlaceLevel.choices, initial=Levels().place.value)
    grade = forms.ChoiceField(label=gettext_lazy("Grade"), choices=GradeLevel.choices, initial=Levels().grade.value)
    sanction = forms.ChoiceField(
        label=gettext_lazy("Amount of the sanction"),
        choices=SanctionLevel.choices,
        initial=Levels().sanction.value,
    )

    def prepare(self) -> None:
        """Begin with what was chosen before."""
        for name in LEVELS:
            self.fields[name].initial = getattr(self.subject.levels, name).value

    def clean(self) -> dict[str, Any]:
        """Each level as what it is."""
        given = super().clean() or {}
        return {name: LEVELS[name](value) for name, value in given.items()}


def levels_from(query: Mapping[str, Any], stored: Levels) -> Levels:
    """The levels that a query names; what it does not name, or names wrongly, as stored."""
    chosen = {
        name: kind(query[name]) if query.get(name) in kind.values else getattr(stored, name)
        for name, kind in LEVELS.items()
    }
    return Levels(**chosen)


class ReturnEntry(TransitionForm):
    """Why the editor gets the entry back."""

    explanation = gettext_lazy("The editor reads your remark and submits the entry again.")
    reasons = forms.CharField(
        label=gettext_lazy("Remark for the editor"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("It is sealed with the draft, and never published."),
    )


class ApproveEntry(TransitionForm):
    """Nothing to fill in: what is published is what the page shows."""

    explanation = gettext_lazy(
        "From now on everybody can read the entry. The disclosure test runs once more at this moment."
    )


class WithholdEntry(TransitionForm):
    """Why a decision stays out of the register."""

    explanation = gettext_lazy("The decision is not published. It counts only in pooled figures. This is not undone.")
    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=Ground.choices, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("They are sealed with the draft."),
    )


class Close(TransitionForm):
    """The end of a case, and what the reporting person is told."""

    explanation = gettext_lazy("The case is closed, and whoever reported it reads your message in their inbox.")
    message = forms.CharField(
        label=gettext_lazy("Message to the reporting person"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Say how the matter ended. Name nobody, and leave out what could tell who they are."),
    )

    def prepare(self) -> None:
        """Begin with the outcome in a few sentences, in the report's language; without a report nobody is told."""
        report = self.subject.reports.first()
        if report is None:
            del self.fields["message"]
            return
        if self.is_bound or self.actor.keyring is None or not self.actor.keyring.holds(self.subject.key):
            return
        found = settled(self.subject, self.actor.keyring)
        with translation.override(report.language):
            self.fields["message"].initial = feedback(
                substantiated=found.result.substantiated,
                sanctioned=bool(found.result.sanction),
                is_publishable=found.is_publishable,
            )


def feedback(*, substantiated: bool, sanctioned: bool, is_publishable: bool) -> str:
    """What a reporting person is told of the outcome: its category, and nothing about anybody."""
    sentences = [_("Thank you for your report. The matter was investigated and decided, and the decision is final.")]
    if substantiated:
        sentences.append(_("What you reported was found to be substantiated, wholly or in part."))
        if sanctioned:
            sentences.append(_("A disciplinary measure followed, as the rules provide."))
    else:
        sentences.append(_("What you reported could not be established to the standard that the rules ask for."))
    if is_publishable:
        sentences.append(_("An anonymised account may appear among the published decisions after some months."))
    sentences.append(
        _("If you suffer for having reported, or are afraid that you will, tell us here: you are protected.")
    )
    return " ".join(sentences)
