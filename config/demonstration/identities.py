"""Two requests for identities in the demonstration: one waits for the custodian, one was released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cases.identities import actions
from cases.identities.actions.releasing import last_day
from cases.identities.models import IdentityRequest
from cases.identities.people import possible_seconds, why_not_ask

if TYPE_CHECKING:
    from config.demonstration.life import Life

WAITS: Final = "Chief executive's friend gets the terminal contract"
RELEASED: Final = "Comments and touching in the archive"
ASKERS: Final = ("investigator", "investigator2", "triage2", "triage", "supervisor", "supervisor2")


def ask_for_identities(life: Life) -> None:
    """Ask in both matters, as far as they were lived through, and release one."""
    _ask(
        life,
        WAITS,
        reason="The office that knows this person asks us to confirm the reference before it gives us their minutes.",
        needed_for="To confirm reference 7-118 to that office, by letter. Nobody else learns it.",
    )
    request = _ask(
        life,
        RELEASED,
        reason="The hearing needs to know whether the reporting person is one of the two who are named in the record, "
        "so that they are not called as a witness against their will. Asking in the inbox brought no answer.",
        needed_for="One message to the private address, to ask whether they want to be heard.",
    )
    if request is not None:
        _release(life, request)


def _ask(life: Life, title: str, *, reason: str, needed_for: str) -> IdentityRequest | None:
    case = life.cases.get(title)
    if case is None:
        return None
    report = case.reports.select_related("key", "identity_key").get()
    for name in ASKERS:
        actor = life.institution.actor(name)
        for matter in (case, None):
            if why_not_ask(actor, report, matter) is None:
                return actions.ask(actor=actor, report=report, case=matter, reason=reason, needed_for=needed_for)
    return None


def _release(life: Life, request: IdentityRequest) -> None:
    custodian = life.institution.actor("identity")
    second = possible_seconds(request, custodian).order_by("username").first()
    if second is None:
        return
    actions.agree(
        actor=custodian,
        request=request,
        second=second,
        reasons="It protects the person, and there is no other way to reach them.",
        free=True,
    )
    actions.approve(
        actor=life.institution.actor(second.username),
        request=request,
        reasons="One message to an address that they gave for this is proportionate.",
        free=True,
    )
    actions.release(
        actor=life.institution.actor("identity"),
        request=request,
        told="The office has to ask you one thing before the hearing, and you had not looked into your inbox. One "
        "person may use the address that you gave, once, for that.",
        until=last_day(),
    )
