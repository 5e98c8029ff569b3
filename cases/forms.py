"""What every transition's form has: the subject it is about and the actor who fills it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.access import may_be_given
from cases.workflow import INVESTIGATED
from integrity.action import Actor
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.ui.forms import Form

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class TransitionForm(Form):
    """A form for one row of the workflow table; `subject` and `actor` are there for choices and checks.

    `explanation` is a sentence shown above the form: what happens when it is sent.
    """

    explanation: str | StrPromise = ""

    def __init__(self, *arguments: Any, subject: Any, actor: Actor, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.subject = subject
        self.actor = actor
        self.prepare()

    def prepare(self) -> None:
        """Fill choices from the subject; a form that needs none leaves this."""


class Confirmation(TransitionForm):
    """Nothing to fill in: the button is the answer."""


class Reasons(TransitionForm):
    """Reasons, which every decision needs."""

    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("They are sealed with the file."),
    )


class NoConflict(TransitionForm):
    """The declaration that nothing stands in the way."""

    explanation = _(
        "You declare that neither you nor your family, friends, superiors or subordinates have an interest in "
        "this case, and that you will step aside at once if that changes."
    )
    confirmed = forms.BooleanField(label=_("I declare that I have no conflict of interest in this case."))


class Conflict(TransitionForm):
    """The declaration of a conflict; it ends the person's part in the case."""

    explanation = _("Your access to this case ends as soon as you send this.")
    statement = forms.CharField(
        label=_("What is the conflict?"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In a few words. It is sealed with the file."),
    )


class NameSupervisor(TransitionForm):
    """Who supervises from now on."""

    explanation = _("For a case whose supervisor stepped aside or left office.")
    supervisor = forms.ModelChoiceField(
        label=_("New supervisor"),
        queryset=User.objects.none(),
        help_text=_("They declare first whether they have a conflict of interest in this case."),
    )

    def prepare(self) -> None:
        """Supervisors who are not on the case and did not investigate it."""
        people = may_be_given(self.subject, Role.SUPERVISOR, without=INVESTIGATED)
        field = self.fields["supervisor"]
        field.queryset = User.objects.filter(pk__in=[person.pk for person in people])  # type: ignore[attr-defined]


class WriteToReporter(TransitionForm):
    """A message to the reporting person's inbox."""

    explanation = _("The reporting person reads this in their inbox. They stay unknown to you.")
    body = forms.CharField(
        label=_("Message"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Do not ask for anything that could tell you who they are, unless you truly need it."),
    )
    is_question = forms.BooleanField(
        label=_("I ask for an answer"),
        required=False,
        help_text=_("The inbox then shows that an answer is awaited."),
    )
