"""The plan, its approval, and notes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cases.forms import Confirmation, Reasons, TransitionForm
from cases.investigation.forms.fields import long_text


class ProposePlan(TransitionForm):
    """What the investigation is to answer, how, with whom, and what could go wrong."""

    explanation = _("The supervisor approves the plan before the investigation begins. It is sealed with the file.")
    questions = long_text(
        _("Questions to answer"), help_text=_("One on each line: what must be known to decide on each allegation.")
    )
    sources = long_text(
        _("Sources and steps"), help_text=_("One on each line: which records, places and people, in which order.")
    )
    interviews = long_text(
        _("Persons to interview"),
        rows=4,
        help_text=_("One on each line, in order. The subject usually comes last."),
    )
    risks = long_text(
        _("Risks"),
        rows=4,
        help_text=_("To the reporting person, to evidence, to others, and what is done about each."),
    )

    def prepare(self) -> None:
        """Begin with the last version, so that a returned plan is mended and not written anew."""
        last = self.subject.plans.order_by("version").last()
        if last is not None and not self.is_bound:
            self.initial = last.open(self.actor.keys, "content")


class ApprovePlan(Confirmation):
    """The button is the answer."""

    explanation = _("The plan is on the page of the case. With your approval the investigation begins.")


class ReturnPlan(Reasons):
    """Why the plan is not approved."""

    explanation = _("The investigators read your reasons and propose the plan again.")


class AddNote(TransitionForm):
    """A note."""

    explanation = _("A note cannot be changed afterwards. Everybody who works on this case can read it.")
    body = long_text(_("Note"), rows=8)
