"""The decision on referring a criminal offence to the prosecutor (R4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from audit import clock
from cases.engine import performs
from cases.investigation import forms
from cases.investigation.models import ProsecutorReferral, ReferralDecision
from cases.investigation.referral import standings
from cases.models import Case
from cases.states import Track
from integrity.action import Actor, Incomplete


@performs(Track.CASE, "decide_referral", form=forms.DecideReferral, facts=("allegation", "decision"))
def decide_referral(
    *,
    actor: Actor,
    subject: Case,
    allegation: int,
    decision: ReferralDecision | str,
    reasons: str,
    body: str = "",
) -> Mapping[str, Any]:
    """Refer an allegation of a criminal offence to a body, or decline to, with reasons.

    What was not referred may be referred later; what was referred stays so.
    """
    found = {standing.allegation.number: standing for standing in standings(subject)}
    if not found:
        raise Incomplete(_("No allegation of this case is a criminal offence."), object=subject.pseudonym)
    standing = found.get(allegation)
    if standing is None:
        raise Incomplete(_("This allegation is not a criminal offence."), object=subject.pseudonym)
    earlier = standing.decision
    if earlier is not None and (earlier.decision == ReferralDecision.REFERRED or earlier.decision == decision):
        raise Incomplete(_("This was decided already."), object=subject.pseudonym)
    if decision == ReferralDecision.REFERRED and not body.strip():
        raise Incomplete(_("Name the body that the matter is referred to."), object=subject.pseudonym)
    row = ProsecutorReferral(
        case=subject,
        allegation=standing.allegation,
        number=earlier.number + 1 if earlier is not None else 1,
        decision=ReferralDecision(decision),
        decided_by=actor.user,
        decided_on=clock.today(),
    )
    row.seal(grounds={"body": body if decision == ReferralDecision.REFERRED else "", "reasons": reasons})
    row.save(force_insert=True)
    return {"allegation": standing.allegation.number, "decision": row.decision}
