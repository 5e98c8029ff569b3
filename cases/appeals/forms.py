"""Forms of the appeals room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from audit import clock
from cases.access import may_be_given
from cases.appeals.models import AppealOutcome
from cases.discipline.authorities import candidates
from cases.forms import TransitionForm
from cases.models import Case
from cases.states import Track
from cases.workflow import find
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.pack import OutOfRange
from integrity.ui.forms import DateField


def _long(label: Any, hint: Any = "", *, rows: int = 8, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, max_length=50_000, required=required, widget=forms.Textarea(attrs={"rows": rows})
    )


class FileAppeal(TransitionForm):
    """An appeal as it came from the respondent."""

    explanation = _("Record the appeal as it was received. From now on the decision is not final.")
    filed_on = DateField(label=_("Received on"), help_text=_("The day on which it reached the institution."))
    grounds = forms.MultipleChoiceField(label=_("Grounds"), widget=forms.CheckboxSelectMultiple)
    registrar = forms.ModelChoiceField(
        label=_("Who prepares the appeal"),
        queryset=User.objects.none(),
        help_text=_(
            "A supervisor who neither approved the findings nor referred the case admits it and names the board."
        ),
    )
    statement = _long(_("The appeal"), _("The respondent's own words, or a faithful transcript."))

    def prepare(self) -> None:
        """The grounds come from the rule pack."""
        pack = self.subject.pack.pack
        field = self.fields["grounds"]
        field.choices = [(ground.code, str(ground.title)) for ground in pack.appeal_grounds]  # type: ignore[attr-defined]
        self.fields["filed_on"].initial = clock.today()
        people = registrars(self.subject)
        self.fields["registrar"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=[person.pk for person in people]
        )


def registrars(case: Case) -> list[User]:
    """Supervisors who may admit an appeal and name its board: those with no part in what is appealed."""
    row = find(Track.CASE, "admit_appeal")
    took_part = set(case.steps.filter(transition__in=row.never).values_list("person", flat=True))
    people = [*case.members(Role.SUPERVISOR), *may_be_given(case, Role.SUPERVISOR)]
    return [person for person in people if person.pk not in took_part]


class WaiveAppeal(TransitionForm):
    """The respondent's waiver."""

    explanation = _("With a waiver the decision becomes final at once. Only the respondent can give it, in writing.")
    received_on = DateField(label=_("Received on"))
    statement = _long(_("The waiver"), _("What the respondent wrote."), rows=4)

    def prepare(self) -> None:
        """Usually today."""
        self.fields["received_on"].initial = clock.today()


class Admissibility(TransitionForm):
    """Why an appeal is admitted or not."""

    reasons = _long(_("Reasons"), _("In time, by the right person, on a ground that the rules name?"), rows=5)


class TransmitRecord(TransitionForm):
    """The board that will hear the appeal."""

    explanation = _(
        "The members receive a copy of the record as it stands, sealed to the appeal's own key, and nothing "
        "else of the case."
    )
    members = forms.ModelMultipleChoiceField(
        label=_("Members of the board"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        """Only people who had no part in the case."""
        size = self.subject.pack.pack.settings.board_members
        field = self.fields["members"]
        free = free_members(self.subject)
        field.queryset = User.objects.filter(pk__in=[person.pk for person in free])  # type: ignore[attr-defined]
        field.help_text = _now("Choose %(size)d. Whoever had a part in the case is not offered.") % {"size": size}

    def clean_members(self) -> list[User]:
        """Exactly as many as the rule pack says."""
        members = list(self.cleaned_data["members"].select_related("key"))
        size = self.subject.pack.pack.settings.board_members
        if len(members) != size:
            raise ValidationError(_now("Choose exactly %(size)d members.") % {"size": size})
        return members


def free_members(case: Case) -> list[User]:
    """Board members who took no step in the case but on an earlier appeal."""
    before = ("vote", "uphold", "vary", "quash", "remit", "declare_no_conflict")
    took_part = set(case.steps.exclude(transition__in=before).values_list("person", flat=True))
    return [person for person in may_be_given(case, Role.BOARD) if person.pk not in took_part]


class ReplaceMember(TransitionForm):
    """Who takes the seat of a member who stepped aside."""

    explanation = _("The new member reads the same record. An opinion of whoever stepped aside does not count.")
    member = forms.ModelChoiceField(label=_("New member of the board"), queryset=User.objects.none())

    def prepare(self) -> None:
        """Only people who had no part in the case."""
        free = free_members(self.subject)
        self.fields["member"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=[person.pk for person in free]
        )


class Vote(TransitionForm):
    """A member's opinion."""

    explanation = _("Your opinion is sealed with the appeal and cannot be changed once given.")
    outcome = forms.ChoiceField(label=_("I would have the decision"), choices=[], widget=forms.RadioSelect)
    reasons = _long(_("My reasons"))

    def prepare(self) -> None:
        """The four outcomes, in the words of the field."""
        self.fields["outcome"].choices = AppealOutcome.choices  # type: ignore[attr-defined]


class BoardOutcome(TransitionForm):
    """The board's decision."""

    explanation = _("The board decides by majority of its members' opinions. A dissent is kept with the decision.")
    reasons = _long(_("Reasons of the board"))


class Vary(BoardOutcome):
    """A varied decision: another sanction inside the matrix."""

    sanction = forms.ChoiceField(label=_("Sanction instead"), choices=[])
    amount = forms.IntegerField(label=_("Amount"), required=False, min_value=0, help_text=_("If the sanction has one."))
    field_order = ["sanction", "amount", "reasons"]

    def prepare(self) -> None:
        """What the matrix allows for the gravity of the case."""
        self.gravity = self.subject.appeals.select_related("decision").last().decision.gravity
        ranges = self.subject.pack.pack.allowed(self.gravity)
        self.fields["sanction"].choices = [  # type: ignore[attr-defined]
            (each.sanction.code, f"{each.sanction.title}{f' ({each})' if str(each) else ''}") for each in ranges
        ]

    def clean(self) -> dict[str, Any]:
        """The sanction must lie in its range."""
        cleaned = super().clean() or {}
        if "sanction" in cleaned and "amount" in cleaned:
            try:
                self.subject.pack.pack.check_sanction(self.gravity, cleaned["sanction"], cleaned["amount"])
            except OutOfRange as error:
                self.add_error("amount", str(error))
        return cleaned


class NewAuthority(TransitionForm):
    """Who decides after a remittal."""

    explanation = _("A remitted case goes to somebody who neither decided nor endorsed before.")
    authority = forms.ModelChoiceField(label=_("New deciding authority"), queryset=User.objects.none())

    def prepare(self) -> None:
        """Those whose mandate the rule pack asks for, without those who decided before."""
        people = candidates(self.subject, self.actor.keys)
        field = self.fields["authority"]
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])  # type: ignore[attr-defined]
