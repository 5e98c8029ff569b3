"""Who investigates, and what is alleged against whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import may_be_given
from cases.forms import TransitionForm
from cases.investigation.forms.fields import CHOOSE, long_text
from integrity.people.models import Office, User
from integrity.people.roles import Gender, Role
from integrity.rules.terms import GradeBand, Gravity

NEW = "new"
JUDGED = ("approve_plan", "return_plan", "approve_findings", "return_findings")


class ChooseInvestigators(TransitionForm):
    """One or more people who hold the role and are not on the case."""

    explanation = gettext_lazy(
        "Whoever you choose can open the whole file. "
        "Each of them first declares whether they have a conflict of interest."
    )
    investigators = forms.MultipleChoiceField(
        label=gettext_lazy("Investigators"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one investigator.")},
    )

    def prepare(self) -> None:
        """List who may be given the case."""
        self.people: dict[str, User] = {
            str(person.pk): person for person in may_be_given(self.subject, Role.INVESTIGATOR, without=JUDGED)
        }
        field: Any = self.fields["investigators"]
        field.choices = [(pk, f"{person.name} · {person.office.name}") for pk, person in self.people.items()]
        if not self.people:
            field.help_text = _("Nobody is free: every investigator is on the case already or has stepped aside.")

    def clean_investigators(self) -> list[User]:
        """The people themselves."""
        return [self.people[pk] for pk in self.cleaned_data["investigators"]]


class AddAllegation(TransitionForm):
    """One subject and one clause of the code; the subject may be new."""

    explanation = gettext_lazy(
        "An allegation is one person and one clause of the code. "
        "A person who turns out to be involved as well is added here."
    )
    alleged_against = forms.ChoiceField(label=gettext_lazy("Against whom"), widget=forms.RadioSelect)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    staff_number = forms.CharField(label=gettext_lazy("Staff number"), max_length=30, required=False)
    account = forms.CharField(
        label=gettext_lazy("User name at the desk"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "Only if they have an account here. They, those above and those below are then kept out."
        ),
    )
    office = forms.ChoiceField(label=gettext_lazy("Office"), required=False)
    grade_band = forms.ChoiceField(
        label=gettext_lazy("Grade band"), choices=[CHOOSE, *GradeBand.choices], required=False
    )
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        choices=Gender.choices,
        initial=Gender.UNSTATED,
        required=False,
        help_text=gettext_lazy("Used only in pooled figures on fairness."),
    )
    offence = forms.ChoiceField(label=gettext_lazy("Offence"))
    gravity = forms.ChoiceField(
        label=gettext_lazy("Gravity"),
        choices=[("", gettext_lazy("The usual one for this offence")), *Gravity.choices],
        required=False,
    )
    statement = long_text(
        gettext_lazy("What is alleged"), help_text=gettext_lazy("What the person is said to have done, when and where.")
    )
    sections = [
        (gettext_lazy("Who"), "", ["alleged_against"]),
        (
            gettext_lazy("If it is somebody new"),
            gettext_lazy("Leave this empty when you chose somebody above."),
            ["name", "staff_number", "account", "office", "grade_band", "gender"],
        ),
        (gettext_lazy("What"), "", ["offence", "gravity", "statement"]),
    ]

    def prepare(self) -> None:
        """Fill in the subjects of the case, the offices and the offences of its rule pack."""
        against: Any = self.fields["alleged_against"]
        against.choices = [
            *(
                (str(subject.number), subject.open(self.actor.keys, "profile").get("name", ""))
                for subject in self.subject.subjects.all()
            ),
            (NEW, _("Somebody new")),
        ]
        office: Any = self.fields["office"]
        office.choices = [CHOOSE, *Office.objects.values_list("code", "name")]
        offence: Any = self.fields["offence"]
        offence.choices = [
            CHOOSE,
            *((item.code, f"{item.clause} {item.title}") for item in self.subject.pack.pack.offences),
        ]

    def clean(self) -> dict[str, Any]:
        """`against` the number of a subject, or `profile` of a new one; the gravity must be the offence's."""
        data: dict[str, Any] = super().clean() or {}
        self._check_gravity(data)
        chosen = data.get("alleged_against")
        against, profile = None, None
        if chosen == NEW:
            profile = self._profile(data)
        elif chosen:
            against = int(chosen)
        return {
            "against": against,
            "profile": profile,
            **{name: data.get(name) for name in ("offence", "gravity", "statement")},
        }

    def _profile(self, data: dict[str, Any]) -> dict[str, str]:
        for name in ("name", "office", "grade_band"):
            if name not in self.errors and not data.get(name):
                self.add_error(name, _("This is needed for somebody new."))
        account = self._account(data)
        return {
            **{name: data.get(name) or "" for name in ("name", "office", "grade_band")},
            "staff_number": data.get("staff_number") or (account.staff_number if account is not None else ""),
            "gender": data.get("gender") or Gender.UNSTATED.value,
            "person": str(account.pk) if account is not None else "",
        }

    def _account(self, data: dict[str, Any]) -> User | None:
        username, number = data.get("account"), data.get("staff_number")
        if username:
            named = User.objects.filter(username=username.lower()).first()
            if named is None:
                self.add_error("account", _("Nobody here has this user name. Check it, or leave it out."))
            return named
        return User.objects.filter(staff_number=number).first() if number else None

    def _check_gravity(self, data: dict[str, Any]) -> None:
        code = data.get("offence")
        if not code:
            return
        offence = self.subject.pack.pack.offence(code)
        data["gravity"] = data.get("gravity") or offence.gravity.value
        if data["gravity"] not in offence.gravities:
            names = ", ".join(str(item.label) for item in offence.gravities)
            self.add_error("gravity", _("For this offence the rules allow: %(names)s.") % {"names": names})
