"""The verbs of the programme room."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, WrongState, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.programme.code import parse
from integrity.programme.models import Acknowledgement, CodeDocument
from integrity.rules.effective import digest_of
from integrity.rules.reading import SourceError
from integrity.rules.text import FALLBACK


@action(
    "programme.code_published",
    by=(Role.PROGRAMME, Party.SYSTEM),
    sentence=_("Only a programme officer can publish the code of conduct."),
    facts=("version", "effective_from", "digest"),
    description="A version of the code of conduct was published, to hold from a day.",
)
def publish_code(*, actor: Actor, content: bytes, effective_from: date) -> CodeDocument:
    """Publish a code of conduct (TOML, in UTF-8) that binds from a day on.

    Raises Incomplete when it cannot be read, was published already, or would overlap another version.
    """
    try:
        code = parse(content)
    except SourceError as error:
        raise Incomplete(str(error)) from error
    digest = digest_of(content)
    refusal = CodeDocument.refusal(digest=digest, effective_from=effective_from)
    if refusal is None and CodeDocument.objects.filter(version=code.version).exists():
        refusal = _("Version %(version)s is published with another text. Change its version.") % {
            "version": code.version
        }
    if refusal:
        raise Incomplete(refusal)
    document = CodeDocument(
        version=code.version,
        title=code.title.in_language(FALLBACK),
        effective_from=effective_from,
        adopted=clock.today(),
        digest=digest,
        content=content.decode(),
    )
    document.save(force_insert=True)
    record(
        object=f"code/{document.pk}",
        version=code.version,
        effective_from=effective_from.isoformat(),
        digest=digest,
    )
    return document


@action(
    "programme.code_acknowledged",
    by=(Party.DESK,),
    limit="for oneself",
    facts=("version", "digest"),
    description="A person acknowledged that they received and understood the code of conduct.",
)
def acknowledge(*, actor: Actor, document: CodeDocument, answer: str) -> Acknowledgement:
    """Acknowledge the code in force, with the code of the right answer to its question.

    Raises Incomplete with the answer's feedback when it is not right, and WrongState for a version that is
    not in force or is acknowledged already.
    """
    place = f"code/{document.pk}"
    if CodeDocument.objects.in_force() != document:
        raise WrongState(_("This version of the code is not in force. Read the one that is."), object=place)
    if Acknowledgement.objects.of(actor.user, document):
        raise WrongState(_("You have acknowledged this version already."), object=place)
    chosen = document.code.question.answer(answer)
    if chosen is None:
        raise Incomplete(_("Choose one of the answers."), object=place)
    if not chosen.right:
        raise Incomplete(str(chosen.feedback), object=place)
    acknowledgement = Acknowledgement.objects.create(person=actor.user, document=document, date=clock.today())
    record(object=place, version=document.version, digest=document.digest)
    return acknowledgement
