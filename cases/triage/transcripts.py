"""The transcript of what somebody reported by word of mouth: written here, agreed to in the inbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.engine import performs
from cases.forms import TransitionForm
from cases.panels import CaseFile, panel
from cases.states import Track
from cases.triage.sections import report_section
from intake.followup import actions
from intake.followup.models import Transcript, TranscriptState
from intake.portal.models import Origin, Report
from integrity.action import Actor, Incomplete
from integrity.vault.keyring import Keyring

ORAL: Final = frozenset({Origin.PHONE, Origin.WALK_IN})
TONES: Final = {
    TranscriptState.OPEN: "active",
    TranscriptState.SIGNED: "good",
    TranscriptState.CORRECTED: "good",
    TranscriptState.DECLINED: "warning",
}
# What a page opens is bounded.
SHOWN: Final = 5


class WriteTranscript(TransitionForm):
    """The transcript, with the last version to go on from."""

    explanation = gettext_lazy(
        "The reporting person reads it in the inbox, can correct it, and agrees to it or not. Earlier versions stay."
    )
    text = forms.CharField(
        label=gettext_lazy("Transcript"),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=gettext_lazy("What was told, as exactly as you can, and nothing that could tell who told it."),
    )

    def prepare(self) -> None:
        """Begin with the last version, as it was corrected if it was."""
        last = self.subject.transcripts.first()
        if last is not None and self.actor.keyring is not None and self.actor.keyring.holds(self.subject.key):
            last.report = self.subject
            self.fields["text"].initial = last.open(self.actor.keys, "corrected") or last.open(self.actor.keys, "text")


@performs(Track.REPORT, "write_transcript", form=WriteTranscript, facts=("number",))
def write_transcript(*, actor: Actor, subject: Report, text: str) -> Mapping[str, Any]:
    """Give the reporting person a transcript to agree to. Raises Incomplete for a report that was not told orally."""
    if subject.origin not in ORAL:
        raise Incomplete(
            _("This report was not told by word of mouth, so there is nothing to write down."),
            object=subject.pseudonym,
        )
    return {"number": actions.write_transcript(report=subject, author=actor.user, text=text).number}


@report_section("triage/section_transcripts.html")
def of_report(report: Report, actor: Actor) -> Mapping[str, Any] | None:
    """The latest versions with what the reporting person said of them."""
    return _shown([report], actor.keys)


@panel("transcripts", title=gettext_lazy("Transcripts"), template="triage/panel_transcripts.html", order=25)
def of_case(file: CaseFile) -> Mapping[str, Any] | None:
    """The same of all reports of the case."""
    reports = list(file.case.reports.filter(origin__in=ORAL).select_related("key"))
    keyring = file.actor.keys
    keyring.find([report.key for report in reports])
    return _shown([report for report in reports if keyring.holds(report.key)], keyring)


def _shown(reports: Iterable[Report], keyring: Keyring) -> Mapping[str, Any] | None:
    known = {report.pk: report for report in reports if report.origin in ORAL}
    if not known:
        return None
    rows = Transcript.objects.filter(report__in=known).select_related("author").order_by("-written_on", "-number")
    shown = []
    for row in rows[:SHOWN]:
        row.report = known[row.report_id]
        shown.append(
            {
                "row": row,
                "tone": TONES[TranscriptState(row.state)],
                "text": row.open(keyring, "text"),
                "corrected": row.open(keyring, "corrected"),
            }
        )
    return {"transcripts": shown} if shown else None
