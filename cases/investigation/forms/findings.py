"""Findings with a group of fields for each allegation, their review, referral, and the closing of a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import Reasons, TransitionForm
from cases.investigation.findings import ProposedFinding, latest_round, of_round
from cases.investigation.forms.fields import CHOOSE, long_text
from cases.investigation.models import ReferralDecision
from cases.investigation.referral import standings
from cases.models import Allegation
from cases.outcomes import LIABLE, Outcome


class SubmitFindings(TransitionForm):
    """For each allegation an outcome, reasons, and what they rely on; begins with the round before."""

    def prepare(self) -> None:
        """Build the fields of each allegation: allegation_<number>_outcome, _reasons, _relied_on."""
        keys = self.actor.keys
        allegations = list(self.subject.allegations.select_related("subject"))
        before = {row.allegation_id: row for row in of_round(self.subject, latest_round(self.subject))}
        citable = self._citable()
        sections = []
        for allegation in allegations:
            names = _names(allegation)
            self.fields[names["outcome"]] = forms.ChoiceField(
                label=_("Finding"), choices=Outcome.choices, widget=forms.RadioSelect
            )
            self.fields[names["reasons"]] = long_text(
                _("Reasons"), rows=8, help_text=_("What is proved, by what, and why the answer is believed or not.")
            )
            self.fields[names["relied_on"]] = forms.MultipleChoiceField(
                label=_("Relies on"),
                choices=citable,
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text=_("Needed when the allegation is substantiated, wholly or in part.")
                if citable
                else _("Nothing is in the file yet: add evidence or an interview first."),
            )
            last = before.get(allegation.pk)
            if last is not None and not self.is_bound:
                grounds = last.open(keys, "grounds")
                self.initial[names["outcome"]] = last.open(keys, "outcome")
                self.initial[names["reasons"]] = grounds["reasons"]
                self.initial[names["relied_on"]] = grounds["relied_on"]
            title = _("Allegation %(number)d: %(offence)s") % {
                "number": allegation.number,
                "offence": allegation.title,
            }
            sections.append((title, allegation.open(keys, "statement"), list(names.values())))
        self.sections = sections  # type: ignore[misc]
        self.allegations = allegations
        standard = self.subject.pack.pack.settings.standard_of_proof.label
        self.explanation = _(
            "Every allegation needs a finding. The standard of proof is: %(standard)s. "
            "Somebody else reviews the findings."
        ) % {"standard": standard}

    def clean(self) -> dict[str, Any]:
        """`findings`: one ProposedFinding for each allegation."""
        data: dict[str, Any] = super().clean() or {}
        findings = []
        for allegation in self.allegations:
            names = _names(allegation)
            outcome, reasons = data.get(names["outcome"]), data.get(names["reasons"])
            relied_on = tuple(data.get(names["relied_on"]) or ())
            if outcome in LIABLE and not relied_on and names["relied_on"] not in self.errors:
                self.add_error(names["relied_on"], _("Name the evidence that this finding relies on."))
            if outcome and reasons:
                findings.append(
                    ProposedFinding(
                        allegation=allegation.number, outcome=Outcome(outcome), reasons=reasons, relied_on=relied_on
                    )
                )
        return {"findings": findings}

    def _citable(self) -> list[tuple[str, str]]:
        keys = self.actor.keys
        items = [
            (item.label, f"{item.label} {item.open(keys, 'details')['title']}") for item in self.subject.evidence.all()
        ]
        interviews = [
            (
                row.label,
                _("%(label)s interview with %(who)s") % {"label": row.label, "who": row.open(keys, "record")["who"]},
            )
            for row in self.subject.interviews.all()
        ]
        return items + interviews


class ApproveFindings(Reasons):
    """A tick for each allegation, and reasons."""

    explanation = gettext_lazy(
        "You confirm that you have checked each finding against the file. Approved findings are in force."
    )

    def prepare(self) -> None:
        """Build a box for each finding: allegation_<number>_checked."""
        self.findings = of_round(self.subject, latest_round(self.subject))
        boxes = {_checked(finding.allegation): finding for finding in self.findings}
        for name, finding in boxes.items():
            outcome = Outcome(finding.open(self.actor.keys, "outcome"))
            self.fields[name] = forms.BooleanField(
                label=_("Allegation %(number)d, %(offence)s: %(outcome)s. I have checked this finding.")
                % {
                    "number": finding.allegation.number,
                    "offence": finding.allegation.title,
                    "outcome": outcome.label,
                },
                error_messages={"required": _("Check this finding, or return the findings.")},
            )
        self.order_fields([*boxes, "reasons"])

    def clean(self) -> dict[str, Any]:
        """`allegations`: the numbers that were checked."""
        data: dict[str, Any] = super().clean() or {}
        checked = [row.allegation.number for row in self.findings if data.get(_checked(row.allegation))]
        return {"allegations": checked, "reasons": data.get("reasons")}


class ReturnFindings(Reasons):
    """Which findings need more work, and why."""

    explanation = gettext_lazy("The investigators read your reasons, go on, and submit the findings again.")
    allegations = forms.TypedMultipleChoiceField(
        label=gettext_lazy("More work is needed on"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        """List the allegations."""
        field: Any = self.fields["allegations"]
        field.choices = [_as_choice(row) for row in self.subject.allegations.all()]
        self.order_fields(["allegations", "reasons"])


class DecideReferral(Reasons):
    """Whether a criminal offence is referred, to whom, and why."""

    explanation = gettext_lazy(
        "The rules make this offence a matter for the investigative agency. "
        "The case cannot close before this is decided."
    )
    allegation = forms.TypedChoiceField(label=gettext_lazy("Allegation"), coerce=int)
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (ReferralDecision.REFERRED.value, gettext_lazy("Refer it")),
            (ReferralDecision.DECLINED.value, gettext_lazy("Do not refer it")),
        ],
        widget=forms.RadioSelect,
    )
    body = forms.CharField(
        label=gettext_lazy("Referred to"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The prosecutor or agency. Only when it is referred."),
    )

    def prepare(self) -> None:
        """List what is open, and what was not referred and still could be."""
        field: Any = self.fields["allegation"]
        waiting = [
            standing.allegation
            for standing in standings(self.subject)
            if standing.decision is None or standing.decision.decision == ReferralDecision.DECLINED
        ]
        field.choices = [CHOOSE, *(_as_choice(row) for row in waiting)]
        if not waiting:
            field.help_text = _("Nothing is to be decided: no allegation is criminal, or each was referred already.")
        self.order_fields(["allegation", "decision", "body", "reasons"])

    def clean(self) -> dict[str, Any]:
        """A referral names the body."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("decision") == ReferralDecision.REFERRED and not data.get("body"):
            self.add_error("body", _("Name the body that the matter is referred to."))
        return data


class CloseWithoutCharge(Reasons):
    """Why the case ends here, and what the reporting person is told."""

    explanation = gettext_lazy("The case is closed at once, and whoever reported it reads your message in their inbox.")
    message = long_text(
        gettext_lazy("Message to the reporting person"),
        help_text=gettext_lazy("Say what was done, not what was found about anybody by name."),
    )

    def prepare(self) -> None:
        """Begin with enough and not too much, in the report's language; without a report there is nobody to tell."""
        report = self.subject.reports.first()
        if report is None:
            del self.fields["message"]
            return
        with translation.override(report.language):
            self.fields["message"].initial = no_case_to_answer()


def no_case_to_answer() -> str:
    """What a reporting person is told when a case ends without a charge."""
    return _(
        "Thank you for your report. We investigated what you told us, and somebody who had no part in the "
        "investigation reviewed the result. What we could establish was not enough to bring a charge, so the case "
        "is closed. This does not mean that you were wrong to report it: you remain protected against any "
        "disadvantage. If you learn of something new, write to us here and we will look at it again."
    )


def _names(allegation: Allegation) -> dict[str, str]:
    return {part: f"allegation_{allegation.number}_{part}" for part in ("outcome", "reasons", "relied_on")}


def _checked(allegation: Allegation) -> str:
    return f"allegation_{allegation.number}_checked"


def _as_choice(allegation: Allegation) -> tuple[str, str]:
    return str(allegation.number), f"{allegation.number}. {allegation.title}"
