"""Forms of the steps of a request."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from cases.identities.actions.releasing import last_day
from cases.identities.models import IdentityRequest
from cases.identities.people import possible_seconds
from cases.identities.states import LONGEST_SILENCE
from intake.portal.models import Report, ToldLater
from integrity.action import Actor
from integrity.people.models import User
from integrity.ui.forms import DateField, Form

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

FREE = gettext_lazy(
    "I have no conflict of interest in this matter: neither I nor my family, friends, superiors or subordinates have "
    "anything to do with it, as far as I can tell."
)
NAMES_NOBODY = gettext_lazy("They read it in their inbox. Name nobody, and nothing that tells who asked.")
GROUNDS = [
    ("", gettext_lazy("None: the reporting person is told at once")),
    (ToldLater.INVESTIGATION, gettext_lazy("To tell them now would put the investigation at risk")),
    (ToldLater.PROCEEDINGS, gettext_lazy("To tell them now would put proceedings before a court at risk")),
    (ToldLater.ORDER, gettext_lazy("A court or an authority ordered that they are not told now")),
]


def words(*, label: Any, hint: Any = "", required: bool = True, rows: int = 4) -> forms.CharField:
    """A few sentences, which are sealed."""
    return forms.CharField(
        label=label, max_length=5_000, required=required, help_text=hint, widget=forms.Textarea(attrs={"rows": rows})
    )


class StepForm(Form):
    """A form for one step; `explanation` says above it what happens when it is sent."""

    explanation: str | StrPromise = ""

    def __init__(self, *arguments: Any, request: IdentityRequest, actor: Actor, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.request = request
        self.actor = actor
        self.prepare()

    def prepare(self) -> None:
        """Fill choices from the request; without a ground nobody is asked whether it holds."""
        if "keep_silent" in self.fields and not self.request.told_later:
            del self.fields["keep_silent"]


class Ask(Form):
    """Asking for an identity. `reports` are those that the person could ask about."""

    report = forms.ModelChoiceField(label=gettext_lazy("Report"), queryset=Report.objects.none(), empty_label=None)
    reason = words(
        label=gettext_lazy("Why must the identity be known?"),
        hint=gettext_lazy("What cannot be found out in another way, and what was tried. Two people decide by this."),
    )
    needed_for = words(
        label=gettext_lazy("What will you do with it?"),
        hint=gettext_lazy("Each step for which you need the name, and who else would learn it."),
        rows=3,
    )
    told_later = forms.ChoiceField(
        label=gettext_lazy("Is there a legal ground for not telling the reporting person?"),
        help_text=gettext_lazy(
            "They are told in their inbox that their name was asked for, by what role, and what was decided. A ground "
            "only puts that off, and a supervisor reviews it."
        ),
        choices=GROUNDS,
        required=False,
        widget=forms.RadioSelect,
    )
    ground = words(
        label=gettext_lazy("The ground in detail"),
        hint=gettext_lazy("Only if you chose a ground: the provision or order, and what would happen otherwise."),
        required=False,
        rows=3,
    )
    silent_until = DateField(
        label=gettext_lazy("On which day is the reporting person told at the latest?"),
        help_text=gettext_lazy("Only if you chose a ground."),
        required=False,
    )

    def __init__(self, *arguments: Any, reports: list[Report], **named: Any) -> None:
        super().__init__(*arguments, **named)
        if len(reports) == 1:
            del self.fields["report"]
        else:
            field = self.fields["report"]
            field.queryset = Report.objects.filter(pk__in=[report.pk for report in reports])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A ground comes with its explanation and a day."""
        given = super().clean() or {}
        if given.get("told_later"):
            if not given.get("ground"):
                self.add_error("ground", _("Say why the law forbids telling the reporting person now."))
            day = given.get("silent_until")
            if not isinstance(day, date) or not clock.today() < day <= _longest():
                self.add_error("silent_until", _day_within())
            given["told_later"] = ToldLater(given["told_later"])
        else:
            given["told_later"], given["ground"], given["silent_until"] = None, "", None
        return given


class Agree(StepForm):
    """The custodian agrees and names the second person."""

    explanation = gettext_lazy("Nothing is released yet: the person you name decides next, and you release it then.")
    reasons = words(label=gettext_lazy("Reasons"), hint=gettext_lazy("Who asked and the second person read them."))
    second = forms.ModelChoiceField(
        label=gettext_lazy("Second person"),
        queryset=User.objects.none(),
        help_text=gettext_lazy(
            "Supervisors and deciding authorities who have no part in the matter. They read the request and your "
            "reasons, and never the identity."
        ),
    )
    keep_silent = forms.BooleanField(
        label=gettext_lazy("The legal ground holds: the reporting person is not told now."),
        help_text=gettext_lazy("The second person must be a supervisor then, who reviews it."),
        required=False,
    )
    free = forms.BooleanField(label=FREE)

    def prepare(self) -> None:
        """Offer those who can be the second person."""
        super().prepare()
        self.fields["second"].queryset = possible_seconds(self.request, self.actor)  # type: ignore[attr-defined]


class NameSecond(StepForm):
    """Another second person."""

    explanation = gettext_lazy("The one named before cannot act any more, and lost access to the request.")
    second = forms.ModelChoiceField(label=gettext_lazy("Second person"), queryset=User.objects.none())

    def prepare(self) -> None:
        """Offer those who can be the second person."""
        self.fields["second"].queryset = possible_seconds(self.request, self.actor)  # type: ignore[attr-defined]


class Approve(StepForm):
    """The second person agrees."""

    explanation = gettext_lazy("The custodian can then release the identity to who asked, and to nobody else.")
    reasons = words(label=gettext_lazy("Reasons"), hint=gettext_lazy("Who asked and the custodians read them."))
    keep_silent = forms.BooleanField(
        label=gettext_lazy("The legal ground holds: the reporting person is not told now."), required=False
    )
    free = forms.BooleanField(label=FREE)


class Refuse(StepForm):
    """Either of the two refuses."""

    explanation = gettext_lazy("The request ends with this, and the identity stays sealed.")
    reasons = words(label=gettext_lazy("Reasons"), hint=gettext_lazy("Who asked and who decided read them."))
    told = words(label=gettext_lazy("What the reporting person is told"), hint=NAMES_NOBODY)
    keep_silent = forms.BooleanField(
        label=gettext_lazy("The legal ground holds: the reporting person is not told now."), required=False
    )
    free = forms.BooleanField(label=FREE)


class Release(StepForm):
    """The custodian releases the identity."""

    explanation = gettext_lazy(
        "The identity is sealed to who asked, who alone can read it until the day you set. You are not shown it."
    )
    until = DateField(label=gettext_lazy("Readable until"), help_text=gettext_lazy("Then the copy is destroyed."))
    told = words(label=gettext_lazy("What the reporting person is told"), hint=NAMES_NOBODY)

    def prepare(self) -> None:
        """Propose the longest time."""
        self.fields["until"].initial = last_day()

    def clean_until(self) -> date:
        """Within the time that the settings allow."""
        day: date = self.cleaned_data["until"]
        if not clock.today() <= day <= last_day():
            raise forms.ValidationError(
                _("Choose a day within the next %(days)d days.") % {"days": settings.IDENTITY_RELEASE_DAYS}
            )
        return day


class Review(StepForm):
    """A supervisor reviews why the reporting person is not told."""

    explanation = gettext_lazy("Without a review in time the reporting person is told, whatever the ground.")
    until = DateField(
        label=gettext_lazy("Tell them on"),
        help_text=gettext_lazy("Leave this empty to tell them now."),
        required=False,
    )
    reasons = words(label=gettext_lazy("Reasons"), hint=gettext_lazy("Why the ground still holds, or does not."))

    def clean_until(self) -> date | None:
        """A day that comes, and not too far away."""
        day: date | None = self.cleaned_data["until"]
        if day is not None and not clock.today() < day <= _longest():
            raise forms.ValidationError(_day_within())
        return day


class Sure(StepForm):
    """Nothing to fill in: the button is the answer."""


class StepAside(Sure):
    """The second person steps aside."""

    explanation = gettext_lazy("Your access to the request ends at once. Do this when you are not free to decide.")


class GiveBack(Sure):
    """The requester needs it no longer."""

    explanation = gettext_lazy("The copy that was sealed to you is destroyed. You would have to ask again.")


class Withdraw(Sure):
    """The requester takes the request back."""

    explanation = gettext_lazy("Nobody decides on it any more. The reporting person is not told, as nothing happened.")


class Read(Sure):
    """Reading."""

    explanation = gettext_lazy(
        "Whoever knows this name can put the person at risk. Each reading is recorded, and shown to the custodians."
    )


def _longest() -> date:
    return clock.today() + timedelta(days=LONGEST_SILENCE)


def _day_within() -> str:
    return _("Choose a day within the next %(days)d days.") % {"days": LONGEST_SILENCE}
