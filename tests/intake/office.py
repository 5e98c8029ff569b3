"""What the office does on its side of the conversation, as the floor above would do it."""

from __future__ import annotations

from audit import clock
from intake.portal.messages import write_message
from intake.portal.models import MessageKind, Report, ReportStep
from intake.portal.states import ReportState
from integrity.action import Actor, action, record
from integrity.people.models import User
from integrity.policy import ANYBODY
from integrity.vault.uploads import SealedUpload


@action("test.office_wrote", by=ANYBODY, description="A test wrote for the office.")
def office_writes(
    *,
    actor: Actor,
    report: Report,
    body: str,
    kind: MessageKind = MessageKind.MESSAGE,
    files: tuple[SealedUpload, ...] = (),
) -> None:
    """A message from the office."""
    write_message(report=report, body=body, author=User.objects.get(username="intake"), kind=kind, files=files)
    record(object=report.pseudonym)


@action("test.office_acknowledged", by=ANYBODY, description="A test confirmed a report.")
def office_acknowledges(*, actor: Actor, report: Report) -> None:
    """The confirmation, with its clocks and its step."""
    report.state = ReportState.ACKNOWLEDGED
    report.meet_clock("acknowledge", clock.today())
    report.start_clock("feedback", clock.today())
    report.save()
    ReportStep.objects.create(report=report, transition="acknowledge", on=clock.today(), to_state=report.state)
    record(object=report.pseudonym)
