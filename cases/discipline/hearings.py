"""When a hearing must come before the decision."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.discipline.papers import answer_of, issued_notice
from cases.models import Case
from integrity.rules.terms import Gravity


def outstanding_hearing(case: Case) -> str:
    """Why a hearing must be held before the decision, as a sentence, or "" when nothing is outstanding."""
    if case.hearings.exists():
        return ""
    notice, answer = issued_notice(case), answer_of(case)
    if Gravity(notice.gravity) in case.pack.pack.settings.hearing_always_for:
        return _("A hearing must be held first: the rules want one for every charge of gravity “%(gravity)s”.") % {
            "gravity": notice.get_gravity_display()
        }
    if answer is not None and answer.wishes_hearing:
        return _("A hearing must be held first: the respondent asked for one.")
    return ""
