"""The papers of a case that there is one of: asked from the database, whatever the case's row remembers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.discipline.models import Representation, ShowCauseNotice
from cases.models import Case
from integrity.action import Incomplete


def notice_of(case: Case) -> ShowCauseNotice | None:
    """The show-cause notice, or None before it is issued."""
    notice = ShowCauseNotice.objects.filter(case=case).select_related("issued_by").first()
    if notice is not None:
        notice.case = case
    return notice


def issued_notice(case: Case) -> ShowCauseNotice:
    """The show-cause notice. Raises Incomplete before it is issued."""
    notice = notice_of(case)
    if notice is None:
        raise Incomplete(_("No show-cause notice was issued in this case."), object=case.pseudonym)
    return notice


def answer_of(case: Case) -> Representation | None:
    """The respondent's answer, or the note that none came; None before either."""
    answer = Representation.objects.filter(case=case).first()
    if answer is not None:
        answer.case = case
    return answer
