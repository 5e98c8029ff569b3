"""The form that opens a case: subjects, allegations, and who supervises. No script, so the groups are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.actions import NewAllegation, NewSubject
from cases.forms import TransitionForm
from integrity.people.models import Appointment, Office, User
from integrity.people.roles import Gender, Role
from integrity.rules.models import RulePack
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity

SUBJECTS = 3
ALLEGATIONS = 5
SUBJECT_FIELDS = ("name", "staff_number", "account", "office", "grade_band", "gender")
ALLEGATION_FIELDS = ("subject", "offence", "gravity", "statement")
_EMPTY = {
    "subject": gettext_lazy("Fill this in, or leave everything about subject %(number)d empty."),
    "allegation": gettext_lazy("Fill this in, or leave everything about allegation %(number)d empty."),
}


@dataclass(frozen=True)
class Group:
    """The fields of one subject or allegation; `folded` when it is empty and not needed."""

    title: str
    fields: Sequence[forms.BoundField]
    folded: bool


def pack_of_today() -> RulePack:
    """The rule pack that a case opened today is pinned to."""
    return RulePack.objects.in_force(clock.today())


class Convert(TransitionForm):
    """Everything a case begins with. The cleaned value is what `cases.actions.open_case` takes."""

    explanation = gettext_lazy(
        "From this the case begins. Everything you write is sealed to the case; you and the supervisor can open it."
    )
    title = forms.CharField(
        label=gettext_lazy("Title of the case"),
        max_length=120,
        help_text=gettext_lazy("A few words by which colleagues on the case know it. It is never published."),
    )
    predication = forms.CharField(
        label=gettext_lazy("Why a case is opened"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The facts that justify an investigation, and which rules they may breach."),
    )

    def prepare(self) -> None:
        """The groups of fields, with the choices of the rule pack and of the institution."""
        self.rules: Pack = pack_of_today().pack
        offices = [("", _("Choose an office")), *Office.objects.values_list("code", "name")]
        for number in range(1, SUBJECTS + 1):
            self._add_subject(number, offices)
        offences = [("", _("Choose an offence")), *self._offences()]
        for number in range(1, ALLEGATIONS + 1):
            self._add_allegation(number, offences)
        self.fields["supervisor"] = forms.ModelChoiceField(
            label=_("Supervisor"),
            queryset=User.objects.filter(
                is_active=True,
                key__isnull=False,
                pk__in=Appointment.objects.in_force().filter(role=Role.SUPERVISOR).values("person"),
            ).select_related("key"),
            empty_label=_("Choose a supervisor"),
            help_text=_("They name the investigator. Choose somebody who is neither above nor below the subject."),
        )

    def _add_subject(self, number: int, offices: list[tuple[str, str]]) -> None:
        first = number == 1
        self.fields |= {
            f"subject{number}_name": forms.CharField(
                label=_("Name"),
                max_length=120,
                required=first,
                help_text=_("If it is not known yet, what is known: “officer at gate 3, night shift”."),
            ),
            f"subject{number}_staff_number": forms.CharField(label=_("Staff number"), max_length=30, required=False),
            f"subject{number}_account": forms.CharField(
                label=_("User name at the desk"),
                max_length=60,
                required=False,
                help_text=_("Only if they have an account here. They, those above and those below are then kept out."),
            ),
            f"subject{number}_office": forms.ChoiceField(label=_("Office"), choices=offices, required=first),
            f"subject{number}_grade_band": forms.ChoiceField(
                label=_("Grade"), choices=[("", _("Choose a grade")), *GradeBand.choices], required=first
            ),
            f"subject{number}_gender": forms.ChoiceField(
                label=_("Gender"),
                choices=Gender.choices,
                initial=Gender.UNSTATED,
                required=False,
                help_text=_("Used only for pooled figures on consistency."),
            ),
        }

    def _add_allegation(self, number: int, offences: list[Any]) -> None:
        first = number == 1
        self.fields |= {
            f"allegation{number}_subject": forms.TypedChoiceField(
                label=_("Against"),
                choices=[(each, _("Subject %(number)d") % {"number": each}) for each in range(1, SUBJECTS + 1)],
                coerce=int,
                empty_value="1",
                initial="1",
                required=False,
            ),
            f"allegation{number}_offence": forms.ChoiceField(label=_("Offence"), choices=offences, required=first),
            f"allegation{number}_gravity": forms.ChoiceField(
                label=_("Gravity"),
                choices=[("", _("The usual one for this offence")), *Gravity.choices],
                required=False,
            ),
            f"allegation{number}_statement": forms.CharField(
                label=_("What is alleged"),
                max_length=10_000,
                required=first,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("In one or two sentences: who did what, when and where."),
            ),
        }

    def _offences(self) -> list[tuple[str, list[tuple[str, str]]]]:
        order = {category.code: number for number, category in enumerate(self.rules.categories)}
        offences = sorted(self.rules.offences, key=lambda offence: order[offence.category])
        return [
            (
                str(self.rules.category(category).title),
                [(each.code, f"{each.title} ({each.clause})") for each in group],
            )
            for category, group in groupby(offences, key=lambda offence: offence.category)
        ]

    @property
    def whole(self) -> list[forms.BoundField]:
        """The fields above the groups."""
        return [self["title"], self["predication"]]

    @property
    def subject_groups(self) -> list[Group]:
        """The subjects as the page shows them."""
        return [
            self._group(
                _("Subject %(number)d") % {"number": number},
                [f"subject{number}_{name}" for name in SUBJECT_FIELDS],
                needed=number == 1,
            )
            for number in range(1, SUBJECTS + 1)
        ]

    @property
    def allegation_groups(self) -> list[Group]:
        """The allegations as the page shows them."""
        return [
            self._group(
                _("Allegation %(number)d") % {"number": number},
                [f"allegation{number}_{name}" for name in ALLEGATION_FIELDS],
                needed=number == 1,
            )
            for number in range(1, ALLEGATIONS + 1)
        ]

    def _group(self, title: str, names: Sequence[str], *, needed: bool) -> Group:
        touched = self.is_bound and any(
            self.fields[name].has_changed(self.get_initial_for_field(self.fields[name], name), self[name].data)
            or name in self.errors
            for name in names
        )
        return Group(title=title, fields=[self[name] for name in names], folded=not needed and not touched)

    def clean(self) -> dict[str, Any]:
        """Title, predication, subjects, allegations and supervisor."""
        given = super().clean() or {}
        subjects, places = self._clean_subjects(given)
        return {
            "title": given.get("title", ""),
            "predication": given.get("predication", ""),
            "subjects": subjects,
            "allegations": self._clean_allegations(given, places),
            "supervisor": given.get("supervisor"),
        }

    def _clean_subjects(self, given: dict[str, Any]) -> tuple[list[NewSubject], dict[int, int]]:
        """The subjects filled in, and the number that each group has among them."""
        subjects: list[NewSubject] = []
        places: dict[int, int] = {}
        for number in range(1, SUBJECTS + 1):
            values = {name: str(given.get(f"subject{number}_{name}") or "").strip() for name in SUBJECT_FIELDS}
            filled = any(values[name] for name in SUBJECT_FIELDS if name != "gender")
            if not filled and number > 1:
                continue
            if number > 1:
                self._must_have(number, values, "subject", ("name", "office", "grade_band"))
            person = self._account(number, values)
            places[number] = len(subjects) + 1
            subjects.append(
                NewSubject(
                    profile={
                        "name": values["name"],
                        "staff_number": values["staff_number"] or (person.staff_number if person else ""),
                        "office": values["office"],
                        "grade_band": values["grade_band"],
                        "gender": values["gender"] or Gender.UNSTATED.value,
                        "person": str(person.pk) if person else "",
                    }
                )
            )
        return subjects, places

    def _account(self, number: int, values: dict[str, str]) -> User | None:
        """The subject's account: the one named, else the one with the same staff number."""
        if values["account"]:
            named = User.objects.filter(username=values["account"].lower()).first()
            if named is None:
                self.add_error(f"subject{number}_account", _("Nobody has this user name. Check it, or leave it out."))
            elif values["staff_number"] and named.staff_number and named.staff_number != values["staff_number"]:
                self.add_error(
                    f"subject{number}_account", _("This account belongs to somebody with another staff number.")
                )
            return named
        if values["staff_number"]:
            return User.objects.filter(staff_number=values["staff_number"]).first()
        return None

    def _clean_allegations(self, given: dict[str, Any], places: dict[int, int]) -> list[NewAllegation]:
        allegations: list[NewAllegation] = []
        for number in range(1, ALLEGATIONS + 1):
            values = {name: str(given.get(f"allegation{number}_{name}") or "").strip() for name in ALLEGATION_FIELDS}
            if number > 1:
                if not values["offence"] and not values["statement"]:
                    continue
                self._must_have(number, values, "allegation", ("offence", "statement"))
            subject = int(values["subject"] or 1)
            if subject not in places:
                self.add_error(
                    f"allegation{number}_subject",
                    _("Subject %(number)d is not filled in.") % {"number": subject},
                )
                continue
            if not values["offence"]:
                continue
            gravity = self._gravity(number, values)
            if gravity is not None:
                allegations.append(
                    NewAllegation(
                        subject=places[subject],
                        offence=values["offence"],
                        gravity=gravity,
                        statement=values["statement"],
                    )
                )
        return allegations

    def _gravity(self, number: int, values: dict[str, str]) -> Gravity | None:
        offence = self.rules.offence(values["offence"])
        if not values["gravity"]:
            return offence.gravity
        if values["gravity"] in offence.gravities:
            return Gravity(values["gravity"])
        self.add_error(
            f"allegation{number}_gravity",
            _("For “%(offence)s” the rules allow: %(gravities)s.")
            % {
                "offence": offence.title,
                "gravities": ", ".join(str(Gravity(each).label) for each in offence.gravities),
            },
        )
        return None

    def _must_have(self, number: int, values: dict[str, str], group: str, names: Sequence[str]) -> None:
        for name in names:
            field = f"{group}{number}_{name}"
            if not values[name] and field not in self.errors:
                self.add_error(field, _EMPTY[group] % {"number": number})
