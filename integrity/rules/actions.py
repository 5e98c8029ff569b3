"""The verbs of the rules room."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, action, record
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.rules.effective import digest_of
from integrity.rules.models import RulePack
from integrity.rules.pack import parse
from integrity.rules.reading import SourceError
from integrity.rules.text import FALLBACK


@action(
    "rules.adopted",
    by=(Role.ADMINISTRATOR, Party.SYSTEM),
    sentence=_("Only an administrator can adopt a rule pack."),
    facts=("name", "version", "effective_from", "digest"),
    description="A rule pack was adopted, to hold from a day.",
    step_up=True,
)
def adopt_pack(*, actor: Actor, content: bytes, effective_from: date) -> RulePack:
    """Adopt a rule pack (TOML, in UTF-8) from a day on.

    Raises Incomplete when it cannot be read, was adopted already, or would overlap what is adopted.
    """
    try:
        pack = parse(content)
    except SourceError as error:
        raise Incomplete(str(error)) from error
    named = {"name": pack.name, "version": pack.version}
    digest = digest_of(content)
    refusal = RulePack.refusal(digest=digest, effective_from=effective_from)
    if refusal is None and RulePack.objects.filter(**named).exists():
        refusal = _("Version %(version)s of “%(name)s” is adopted with another text. Change its version.") % named
    if refusal:
        raise Incomplete(refusal)
    adopted = RulePack(
        **named,
        effective_from=effective_from,
        adopted=clock.today(),
        source=pack.source.in_language(FALLBACK),
        source_date=pack.source_date,
        digest=digest,
        content=content.decode(),
    )
    adopted.save(force_insert=True)
    record(
        object=f"rules/{adopted.pk}",
        name=adopted.name,
        version=adopted.version,
        effective_from=effective_from.isoformat(),
        digest=digest,
    )
    return adopted
