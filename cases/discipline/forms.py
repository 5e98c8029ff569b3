"""The forms of the discipline room up to the hearing; those of the decision are in `decision_forms.py`."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.discipline import authorities, charges, drafts
from cases.discipline.models import ServiceMethod, Signature
from cases.forms import TransitionForm
from cases.investigation.forms.fields import PastDayField
from cases.models import Deadline
from integrity.people.models import User
from integrity.rules.pack import Pack
from integrity.rules.terms import ClockName
from integrity.vault.forms import SealedFilesField

TEXT = 20_000


def day_in_words(day: date) -> str:
    """A day in the language of the page."""
    return date_format(day, "DATE_FORMAT")


def long_text(
    label: Any, *, rows: int = 6, required: bool = True, help_text: Any = "", initial: str = ""
) -> forms.CharField:
    """A field for several paragraphs."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT,
        help_text=help_text,
        initial=initial,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class PersonField(forms.TypedChoiceField):
    """A choice among people; the cleaned value is a User, or None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.RadioSelect, empty_value=None, **options)

    def offer(self, people: list[User], pack: Pack, *, empty: str = "") -> None:
        """Offer these people, each with the authority of the pack as which they may decide."""
        found = {str(person.pk): person for person in people}
        rows = [(pk, f"{person.name} · {_as_what(person, pack)}") for pk, person in found.items()]
        self.coerce = lambda value: found[value]
        self.choices = [("", empty), *rows] if empty else rows


def _as_what(person: User, pack: Pack) -> str:
    mandate = authorities.mandate_of(person, pack)
    return str(mandate.title) if mandate is not None else person.office.name


def offer(form: TransitionForm, name: str, people: list[User]) -> None:
    """Offer these people in a form's PersonField."""
    cast(PersonField, form.fields[name]).offer(people, form.subject.pack.pack)


class Refer(TransitionForm):
    """Who decides: only those whom the rules name for the respondent's grade and the gravity."""

    respondent = forms.TypedChoiceField(
        label=gettext_lazy("Who answers in this case"),
        widget=forms.RadioSelect,
        empty_value=None,
        help_text=gettext_lazy("One case ends in one decision. The others need a case of their own."),
    )
    authority = PersonField(
        label=gettext_lazy("Deciding authority"),
        help_text=gettext_lazy(
            "Offered are those with the mandate, who had no part in this case and are free of conflict."
        ),
    )
    remark = long_text(gettext_lazy("Remark for the authority"), rows=4, required=False)

    def prepare(self) -> None:
        """Offer the respondents that the findings hold something against, and the authorities for them."""
        case, keyring = self.subject, self.actor.keys
        found = charges.proposed(case, keyring)
        if len(found) > 1:
            respondents = {str(charge.respondent.number): charge for charge in found}
            field = cast(forms.TypedChoiceField, self.fields["respondent"])
            field.choices = [(number, charge.profile["name"]) for number, charge in respondents.items()]
            field.coerce = lambda value: respondents[value].respondent
        else:
            del self.fields["respondent"]
        if not found:
            self.explanation = _("No allegation was found substantiated, so there is nothing to refer.")
            offer(self, "authority", [])
            return
        first = min(found, key=lambda charge: authorities.named_for(case, charge).rank)
        named = authorities.named_for(case, first)
        people = authorities.candidates(case, keyring, first)
        offer(self, "authority", people)
        self.explanation = _(
            "For this grade and for gravity “%(gravity)s” the rules name “%(authority)s”. Whoever you choose is "
            "given access to the file."
        ) % {"gravity": first.gravity.label, "authority": named.title}
        if not people:
            self.explanation += " " + _(
                "Nobody is free to decide at the moment: the administrator must appoint somebody."
            )


class ReplaceAuthority(TransitionForm):
    """Another authority in the place of one who stepped aside."""

    explanation = gettext_lazy("Possible only when whoever was named has stepped aside or left office.")
    authority = PersonField(label=gettext_lazy("New authority"))
    reasons = long_text(gettext_lazy("Reasons"), rows=4)

    def prepare(self) -> None:
        """Offer who may decide."""
        offer(self, "authority", authorities.candidates(self.subject, self.actor.keys))


class IssueNotice(TransitionForm):
    """The charge, from a draft: one text for each allegation that was found."""

    def prepare(self) -> None:
        """Draft the notice from the allegations, the evidence and the pack."""
        case, keyring, pack = self.subject, self.actor.keys, self.subject.pack.pack
        self.charge = charges.answerable(case, keyring)
        self.explanation = _(
            "The respondent has %(days)s to answer, from the day of service. The sanctions that the rules allow for "
            "these charges are added by themselves."
        ) % {"days": pack.clock(ClockName.REPRESENTATION)}
        for allegation in self.charge.allegations:
            self.fields[f"charge_{allegation.number}"] = long_text(
                _("Charge %(number)d: %(title)s (%(gravity)s)")
                % {
                    "number": allegation.number,
                    "title": allegation.title,
                    "gravity": allegation.get_gravity_display(),
                },
                rows=4,
                initial=drafts.charge(allegation),
            )
        self.fields["particulars"] = long_text(
            _("Particulars"),
            rows=10,
            initial=drafts.particulars(self.charge, keyring),
            help_text=_(
                "What happened, when and where, so that it can be answered. The respondent reads this: take out "
                "whatever could show who reported it."
            ),
        )
        self.fields["evidence"] = long_text(
            _("Evidence relied on"),
            initial=drafts.evidence(case, keyring),
            help_text=_("One item on each line. Leave out what could show who reported it."),
        )
        self.fields["rights"] = long_text(_("What the respondent may do"), rows=10, initial=drafts.rights(pack))

    def clean(self) -> dict[str, Any]:
        """Gather the charges by allegation number, and the evidence by line."""
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        return {
            "charge_texts": {one.number: data[f"charge_{one.number}"] for one in self.charge.allegations},
            "particulars": data["particulars"],
            "rights": data["rights"],
            "evidence": [line.strip() for line in data["evidence"].splitlines() if line.strip()],
        }


class RecordService(TransitionForm):
    """How and when the notice reached the respondent."""

    served_on = PastDayField(label=gettext_lazy("Day of service"))
    method = forms.TypedChoiceField(
        label=gettext_lazy("How it was served"),
        choices=ServiceMethod.choices,
        coerce=ServiceMethod,
        widget=forms.RadioSelect,
    )
    received_by = forms.CharField(
        label=gettext_lazy("Received by"),
        max_length=200,
        help_text=gettext_lazy("Whose hand took it, or which receipt shows that it arrived."),
    )
    remark = long_text(gettext_lazy("Remark"), rows=3, required=False)
    files = SealedFilesField(label=gettext_lazy("Proof"), required=False)  # type: ignore[assignment]

    def prepare(self) -> None:
        """Say what runs from the day of service."""
        self.explanation = _("The respondent has %(days)s to answer, counted from the day after service.") % {
            "days": self.subject.pack.pack.clock(ClockName.REPRESENTATION)
        }


class RecordRepresentation(TransitionForm):
    """The respondent's answer to the charge."""

    received_on = PastDayField(label=gettext_lazy("Day it was received"))
    text = long_text(
        gettext_lazy("The answer"),
        rows=10,
        help_text=gettext_lazy("As it was given, or what it says when it is a file."),
    )
    wishes_hearing = forms.BooleanField(label=gettext_lazy("The respondent asks for a hearing"), required=False)
    files = SealedFilesField(label=gettext_lazy("Files"), required=False)  # type: ignore[assignment]

    def prepare(self) -> None:
        """Say until when an answer is in time."""
        due = Deadline.objects.filter(case=self.subject, name=ClockName.REPRESENTATION).first()
        if due is not None:
            self.explanation = _("In time up to and with %(day)s. A later answer is taken too, and marked late.") % {
                "day": day_in_words(due.due)
            }


class NoRepresentation(TransitionForm):
    """That no answer came."""

    explanation = gettext_lazy("The matter goes on with what is on the file.")


class RecordHearing(TransitionForm):
    """The record of a hearing."""

    held_on = PastDayField(label=gettext_lazy("Day of the hearing"))
    place = forms.CharField(label=gettext_lazy("Place"), max_length=200)
    present = long_text(gettext_lazy("Who was present"), rows=3)
    assistance = forms.CharField(
        label=gettext_lazy("Who assisted the respondent"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Leave it empty when the respondent came without anybody."),
    )
    transcript = long_text(gettext_lazy("What was said"), rows=12)
    signature = forms.TypedChoiceField(
        label=gettext_lazy("Reading back"), choices=Signature.choices, coerce=Signature, widget=forms.RadioSelect
    )
