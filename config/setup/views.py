"""The page for administrators: what is open before the portal is announced, and what somebody must confirm."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.setup import actions, report
from config.setup.confirmations import confirmations
from config.setup.questions import QUESTIONS
from config.setup.state import Finding, Seen, Standing
from config.setup.steps import confirmed, look_at_all
from integrity.action import Refusal
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role

TONES = {Standing.DONE: "good", Standing.WARNING: "warning", Standing.OPEN: "danger"}
LABELS = {
    Standing.DONE: gettext_lazy("Done"),
    Standing.WARNING: gettext_lazy("Look at it"),
    Standing.OPEN: gettext_lazy("Open"),
}


@role_required(Role.ADMINISTRATOR)
def open_list(request: DeskRequest) -> HttpResponse:
    """Every step with what was found, and the questions to confirm."""
    seen = look_at_all()
    return render(
        request,
        "config/setup.html",
        {
            "steps": [_shown(each) for each in seen if each.step.key != confirmed.STEP.key],
            "questions": confirmations(),
            "open": sum(len(each.open) for each in seen),
            "demonstration": settings.DEMONSTRATION,
        },
    )


@require_POST
@role_required(Role.ADMINISTRATOR)
def confirm(request: DeskRequest, question: str) -> HttpResponse:
    """Confirm a question, or take the confirmation back."""
    if question not in QUESTIONS:
        raise Http404
    withdraws = "withdraw" in request.POST
    verb = actions.withdraw if withdraws else actions.confirm
    try:
        verb(actor=request.actor, question=question)
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("It is open again.") if withdraws else _("It is confirmed, with your name."))
    return redirect("setup:open")


def _shown(seen: Seen) -> dict[str, object]:
    to_do = [finding for finding in seen.findings if finding.standing is not Standing.DONE]
    return {
        "key": seen.step.key,
        "title": seen.step.title,
        "label": LABELS[seen.standing],
        "tone": TONES[seen.standing],
        "findings": [_row(finding) for finding in seen.findings],
        "pages": list(dict.fromkeys(filter(None, map(report.address, to_do)))),
        "commands": list(dict.fromkeys(finding.command for finding in to_do if finding.command)),
    }


def _row(finding: Finding) -> dict[str, object]:
    return {
        "sentence": finding.sentence,
        "tone": TONES[finding.standing],
        "label": LABELS[finding.standing],
        "is_done": finding.standing is Standing.DONE,
    }
