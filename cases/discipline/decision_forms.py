"""The forms of the decision: decide, endorse, serve, carry out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.discipline import authorities, charges, sanctions
from cases.discipline.decisions import decision_in_force, sanction_in_force
from cases.discipline.forms import PersonField, RecordService, long_text
from cases.discipline.hearings import outstanding_hearing
from cases.forms import TransitionForm
from cases.investigation import findings
from cases.investigation.forms.fields import PastDayField
from cases.outcomes import Outcome
from integrity.rules.terms import ClockName, Gravity


class Decide(TransitionForm):
    """First the finding on each charge, then the factors, then the sanction, with reasons."""

    def prepare(self) -> None:
        """Build the fields from the charges and the pack of the case."""
        case, pack = self.subject, self.subject.pack.pack
        self.charge = charges.answerable(case, self.actor.keys)
        found = self._add_findings()
        weighed = self._add_factors()
        imposed = self._add_sanctions()
        self.fields["reasons"] = long_text(
            _("Reasons"),
            rows=12,
            help_text=_(
                "Which evidence you believe and why, what weighed, and why this sanction. The respondent reads it."
            ),
        )
        needs_two = [gravity for gravity in self.charge.gravities if gravity in pack.settings.four_eyes_for]
        signed = ["reasons"]
        if needs_two:
            self._add_endorser(needs_two)
            signed.append("endorser")
        self.sections = [  # type: ignore[misc]
            (
                _("1. Findings"),
                _("Standard of proof: %(standard)s.") % {"standard": pack.settings.standard_of_proof.label},
                found,
            ),
            (_("2. Factors"), _("What weighs for a heavier or a lighter sanction, if something was found."), weighed),
            (_("3. Sanction"), _("Inside the table of sanctions for the gravest charge that you find."), imposed),
            (_("4. Reasons and signature"), "", signed),
        ]
        self.explanation = outstanding_hearing(case)

    def _add_findings(self) -> list[str]:
        reviewed = findings.outcomes(self.subject, self.actor.keys)
        names = []
        for allegation in self.charge.allegations:
            name = f"outcome_{allegation.number}"
            self.fields[name] = forms.TypedChoiceField(
                label=_("Charge %(number)d: %(title)s (%(gravity)s)")
                % {
                    "number": allegation.number,
                    "title": allegation.title,
                    "gravity": allegation.get_gravity_display(),
                },
                choices=Outcome.choices,
                coerce=Outcome,
                widget=forms.RadioSelect,
                help_text=_("The investigation found: %(outcome)s.") % {"outcome": reviewed[allegation.number].label}
                if allegation.number in reviewed
                else "",
            )
            names.append(name)
        return names

    def _add_factors(self) -> list[str]:
        pack = self.subject.pack.pack
        for name, label, factors in (
            ("aggravating", _("Aggravating"), pack.aggravating),
            ("mitigating", _("Mitigating"), pack.mitigating),
        ):
            self.fields[name] = forms.MultipleChoiceField(
                label=label,
                required=False,
                choices=[(factor.code, str(factor.title)) for factor in factors],
                widget=forms.CheckboxSelectMultiple,
            )
        return ["aggravating", "mitigating"]

    def _add_sanctions(self) -> list[str]:
        pack, gravities = self.subject.pack.pack, self.charge.gravities
        offered = [
            (code, sanctions.range_in_words(cells, several=len(gravities) > 1))
            for code, cells in sanctions.ranges(pack, gravities)
        ]
        self.fields["sanction"] = forms.TypedChoiceField(
            label=_("Sanction"),
            choices=[*offered, (sanctions.NOTHING, _("None, because nothing was found"))],
            coerce=lambda code: "" if code == sanctions.NOTHING else code,
            widget=forms.RadioSelect,
        )
        self.fields["amount"] = forms.IntegerField(
            label=_("Amount"),
            required=False,
            min_value=1,
            help_text=_("How many days, months or grades, where the sanction has an amount."),
        )
        return ["sanction", "amount"]

    def _add_endorser(self, gravities: list[Gravity]) -> None:
        people = authorities.candidates(self.subject, self.actor.keys, self.charge)
        field = PersonField(
            label=_("Who endorses the decision"),
            required=False,
            help_text=_(
                "A second authority signs where the gravity is: %(gravity)s. They are given access to the file."
            )
            % {"gravity": ", ".join(str(gravity.label) for gravity in gravities)},
        )
        field.offer(people, self.subject.pack.pack, empty=_("Nobody, because nothing of that gravity was found"))
        self.fields["endorser"] = field

    def clean(self) -> dict[str, Any]:
        """Gather findings and factors; refuse a sanction that the matrix does not allow beside its field."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        outcomes = {one.number: data[f"outcome_{one.number}"] for one in self.charge.allegations}
        liable = self.charge.liable(outcomes)
        pack = self.subject.pack.pack
        mandate = authorities.mandate_of(self.actor.user, pack)
        if mandate is not None:
            try:
                sanctions.fitting(
                    pack,
                    gravity=charges.gravest(liable) if liable else None,
                    code=data["sanction"],
                    amount=data["amount"],
                    mandate=mandate,
                    grade_band=self.charge.grade_band,
                )
            except sanctions.DoesNotFit as refusal:
                self.add_error(refusal.field, str(refusal.sentence))
        needs_two = charges.gravest(liable or self.charge.allegations) in pack.settings.four_eyes_for
        if needs_two and data.get("endorser") is None:
            self.add_error("endorser", _("Choose who endorses the decision."))
        if self.errors:
            return self.cleaned_data
        return {
            "outcomes": outcomes,
            "factors": [*data["aggravating"], *data["mitigating"]],
            "sanction": data["sanction"],
            "amount": data["amount"],
            "reasons": data["reasons"],
            "endorser": data.get("endorser"),
        }


class Endorse(TransitionForm):
    """The second signature."""

    explanation = gettext_lazy("You have read the file and the decision, and put your name to it.")
    remark = long_text(gettext_lazy("Remark"), rows=3, required=False)


class ServeDecision(RecordService):
    """How and when the decision reached the respondent."""

    def prepare(self) -> None:
        """Say what runs from the day of service."""
        self.explanation = _("The respondent has %(days)s to appeal, counted from the day after service.") % {
            "days": self.subject.pack.pack.clock(ClockName.APPEAL)
        }


class Implement(TransitionForm):
    """That the sanction was carried out."""

    implemented_on = PastDayField(label=gettext_lazy("Day it was carried out"))
    remark = long_text(
        gettext_lazy("How it was carried out"),
        rows=4,
        help_text=gettext_lazy("For example the order or the payroll entry."),
    )

    def prepare(self) -> None:
        """Say which sanction is in force."""
        case = self.subject
        words = sanctions.in_words(case.pack.pack, sanction_in_force(case, self.actor.keys))
        if words:
            self.explanation = _("In force is: %(sanction)s.") % {"sanction": words}
        elif decision_in_force(case) is not None:
            self.explanation = _("There is no sanction in force to carry out.")
