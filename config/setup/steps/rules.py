"""The rule pack by which cases are worked, and the code of conduct that people are held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from config.setup.conversation import Conversation, Question, Wrong
from config.setup.state import Finding, Step, done, still_open, warning
from integrity.action import Actor, Refusal
from integrity.programme.actions import publish_code
from integrity.programme.code import MODEL as MODEL_CODE
from integrity.programme.models import CodeDocument
from integrity.rules.actions import adopt_pack
from integrity.rules.effective import digest_of
from integrity.rules.models import RulePack
from integrity.rules.pack import MODEL as MODEL_PACK

MODEL: Final = "model"


def _day(answer: str) -> str:
    try:
        return date.fromisoformat(answer).isoformat()
    except ValueError as wrong:
        raise Wrong("Give a day such as 2027-01-31.") from wrong


def _file(answer: str) -> str:
    if answer != MODEL and not Path(answer).is_file():
        raise Wrong(f"There is no file {answer}. Give a path, or the word model.")
    return answer


PACK = Question(
    "rules.pack",
    "Rule pack: a file (TOML), or the word model",
    hint="docs/rule-packs.md tells how to write your own. The model pack is a beginning, and no country's law.",
    clean=_file,
)
PACK_FROM = Question("rules.effective_from", "It holds from", clean=_day)
CODE = Question("code.file", "Code of conduct: a file (TOML), or the word model", clean=_file)
CODE_FROM = Question("code.effective_from", "It holds from", clean=_day)


def check_rules() -> Iterator[Finding]:
    """Whether a pack is in force today, and whether it is the model one."""
    yield from _in_force(RulePack, MODEL_PACK, _("rule pack"), "rules:list")


def check_code() -> Iterator[Finding]:
    """Whether a code of conduct is in force today, and whether it is the model one."""
    yield from _in_force(CodeDocument, MODEL_CODE, _("code of conduct"), "programme:code")


def _in_force(model: type[RulePack] | type[CodeDocument], example: Path, what: str, page: str) -> Iterator[Finding]:
    try:
        adopted: Any = model.objects.in_force()
    except model.DoesNotExist:
        coming: Any = model.objects.order_by("effective_from").first()
        if coming is None:
            yield still_open(_("There is no %(what)s yet.") % {"what": what}, page, "integrity setup")
        else:
            day = formats.date_format(coming.effective_from)
            yield still_open(_("The %(what)s holds from %(day)s on only.") % {"what": what, "day": day}, page)
        return
    if adopted.digest == digest_of(example.read_bytes()):
        yield warning(_("The %(what)s in force is the model one.") % {"what": what}, page)
    else:
        named = {"what": what, "version": adopted.version, "day": formats.date_format(adopted.effective_from)}
        yield done(_("Version %(version)s of the %(what)s is in force since %(day)s.") % named, page)


def perform_rules(talk: Conversation) -> None:
    """Adopt the first rule pack."""
    if not RulePack.objects.exists():
        _adopt(talk, "rules", PACK, PACK_FROM, MODEL_PACK, adopt_pack)


def perform_code(talk: Conversation) -> None:
    """Publish the first code of conduct."""
    if not CodeDocument.objects.exists():
        _adopt(talk, "code", CODE, CODE_FROM, MODEL_CODE, publish_code)


def _adopt(
    talk: Conversation, section: str, file: Question, since: Question, model: Path, verb: Callable[..., object]
) -> None:
    named = talk.ask(file)
    day = date.fromisoformat(talk.ask(since, default=clock.today().isoformat()))
    try:
        content = (model if named == MODEL else Path(named)).read_bytes()
        verb(actor=Actor.system(), content=content, effective_from=day)
    except Refusal as refusal:
        talk.forget(section)
        raise Wrong(str(refusal.sentence)) from refusal
    except OSError as error:
        talk.forget(section)
        raise Wrong(f"{named} cannot be read: {error.strerror}.") from error
    talk.forget(section)


RULES = Step("rules", gettext_lazy("Rule pack"), check_rules, perform_rules)
CODE_OF_CONDUCT = Step("code", gettext_lazy("Code of conduct"), check_code, perform_code)
