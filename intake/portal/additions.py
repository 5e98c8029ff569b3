"""A form that was sent, changed with the browser's “Back”, and sent again: nothing that is new may be lost.

The report stays as it first arrived; what differs goes into its conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _

from intake.portal import actions
from intake.portal.models import Report
from intake.portal.questions import labelled
from intake.portal.receipt import PageSecret, ReporterSecret
from integrity.action import Actor
from integrity.vault.files import file_details
from integrity.vault.keyring import Keyring

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answers, Questionnaire
    from integrity.vault.uploads import SealedUpload


def add_what_is_new(
    report: Report,
    secret: ReporterSecret,
    *,
    page: PageSecret,
    questionnaire: Questionnaire,
    answers: Answers,
    identity: str,
    files: Sequence[SealedUpload],
) -> None:
    """Write changed answers and new files into the conversation; nothing, when the form is the same.

    A name that is new is not among them: it would be sealed to the wrong people. The message says so.
    """
    keyring = Keyring(report.reporter_key, secret.private)
    first = cast("Answers", report.open(keyring, "answers"))
    arrived = {
        str(file_details(attachment.file, keyring)["sha256"])
        for attachment in report.attachments.select_related("file__owner_key")
    }
    changed = {name: value for name, value in answers.items() if first.get(name) != value}
    new_files = [upload for upload in files if upload.sha256 not in arrived]
    named = bool(identity) and not report.has_identity
    if not (changed or new_files or named):
        return
    parts = [_("Sent again with changes:")]
    parts += [f"{label}\n{value}" for label, value in labelled(changed, questionnaire)]
    if named:
        parts.append(_("A name was given as well. It was not taken, because it can be protected only in a new report."))
    text = "\n\n".join(parts)
    actions.reporter_writes(
        actor=Actor.reporter(report.pk, keyring),
        report=report,
        text=text,
        # Of all the files, not only the new ones: once they have arrived, none is new.
        nonce=page.nonce(text, *(upload.sha256 for upload in files)),
        files=new_files,
    )
