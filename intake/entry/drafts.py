"""What an officer typed of a report that is not sent yet: kept as their browser sent it, sealed to their own key.

A draft opens for this officer alone, at the desk. Who has no sitting any more can still set one aside with the ticket
of a page that was opened at the desk: sealing needs no secret, and nothing is read by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from audit import clock
from intake.entry.models import EntryDraft
from integrity.action import Actor, WrongState, action, record
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault import storage
from integrity.vault.storage import FileGone
from integrity.vault.uploads import SealedUpload

if TYPE_CHECKING:
    from integrity.vault.keyring import Keyring

TICKET_SECONDS: Final = 86_400
_SALT: Final = "intake.entry.drafts"


@dataclass(frozen=True)
class Typed:
    """The values of a form as a browser sent them, valid or not, and the tokens of the files that arrived."""

    values: Mapping[str, list[str]] = field(default_factory=dict, repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)

    @property
    def data(self) -> MultiValueDict[str, str]:
        """All values, as a form takes them."""
        return MultiValueDict({name: list(values) for name, values in self.values.items()})

    @property
    def uploads(self) -> list[SealedUpload]:
        """The files that are still waiting."""
        found = []
        for token in self.files:
            try:
                found.append(SealedUpload.from_token(token))
            except FileGone:
                continue
        return found

    def text(self, name: str) -> str:
        """One value, or ""."""
        return next(iter(self.values.get(name, [])), "")

    def says_the_same_as(self, other: Typed) -> bool:
        """Whether both hold the same words and the same files, which get another token each time they are sent."""
        return self.values == other.values and _contents(self) == _contents(other)


@dataclass(frozen=True)
class Kept:
    """A draft as it stands now; `apart` when another window had changed or ended the one that it came from."""

    draft: EntryDraft
    apart: bool = False


def ticket_for(person: User) -> str:
    """What a page carries so that what is typed there reaches its officer's drafts, also when the sitting has ended."""
    return signing.dumps(str(person.pk), salt=_SALT)


def officer_of(ticket: str) -> User | None:
    """The intake officer for whom a ticket was made, while it is good and they are in role and have a key."""
    try:
        identifier = UUID(signing.loads(ticket, salt=_SALT, max_age=TICKET_SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=identifier, is_active=True, key__isnull=False).select_related("key").first()
    return person if person is not None and person.has_role(Role.INTAKE) else None


def find(person: User, draft: UUID) -> EntryDraft | None:
    """A draft of this person's own, or None."""
    return EntryDraft.objects.of(person).filter(pk=draft).first()


def read(draft: EntryDraft, keyring: Keyring) -> Typed:
    """What stands in a draft. Raises NoGrant for anybody else's keys."""
    content: dict[str, Any] = draft.open(keyring, "content")
    return Typed(values=content["values"], files=tuple(content["files"]))


def keep(*, actor: Actor, draft: UUID, seen: int, typed: Typed) -> Kept:
    """Keep what was typed under the draft of a page, which came from version `seen` (0: from none).

    What another window kept there meanwhile stays beside it.
    """
    try:
        kept = _keep(actor=actor, draft=draft, seen=seen, typed=typed)
    except IntegrityError:
        # The same page was sent twice at once, and the other one was first.
        kept = _keep(actor=actor, draft=draft, seen=seen, typed=typed)
    _hold(typed)
    return kept


@action(
    "entry.draft_kept",
    by=(Role.INTAKE,),
    limit="for oneself alone: it is sealed to one's own key",
    facts=("version",),
    by_day=True,
    description="What an intake officer typed of a report that is not sent yet was kept for them.",
)
def _keep(*, actor: Actor, draft: UUID, seen: int, typed: Typed) -> Kept:
    person = actor.user
    row = EntryDraft.objects.select_for_update(of=("self",)).of(person).filter(pk=draft).first()
    if row is not None and (row.version == seen or read(row, actor.keys).says_the_same_as(typed)):
        row.version += 1
        _write(row, typed)
        row.save()
        kept = Kept(row)
    else:
        is_free = seen == 0 and row is None
        kept = Kept(_new(person, typed, identifier=draft if is_free else uuid4()), apart=not is_free)
    record(object=kept.draft.pseudonym, version=kept.draft.version)
    return kept


def set_aside(*, person: User, typed: Typed) -> EntryDraft:
    """Keep what arrived from a page of this officer when nobody was signed in any more, as a draft of its own."""
    draft = _set_aside(actor=Actor("anonymous"), person=person, typed=typed)
    _hold(typed)
    return draft


@action(
    "entry.draft_set_aside",
    by=(Party.STRANGER,),
    limit="with the ticket of a page that an intake officer opened, for that officer alone",
    facts=("person",),
    by_day=True,
    description="What was typed on an intake officer's page arrived after their sitting, and was kept for them.",
)
def _set_aside(*, actor: Actor, person: User, typed: Typed) -> EntryDraft:
    draft = _new(person, typed, identifier=uuid4())
    record(object=draft.pseudonym, person=f"person/{person.pk}")
    return draft


@action(
    "entry.draft_thrown_away",
    by=(Role.INTAKE,),
    limit="one's own",
    by_day=True,
    description="An intake officer threw away what was typed of a report.",
)
def throw_away(*, actor: Actor, draft: UUID) -> None:
    """Remove a draft with its files. Raises WrongState when it is not there any more."""
    row = EntryDraft.objects.select_for_update(of=("self",)).of(actor.user).filter(pk=draft).first()
    if row is None:
        raise WrongState(_("This draft was sent or thrown away before."), object=f"entry-draft/{draft}")
    typed = read(row, actor.keys)
    row.delete()
    # Two drafts that grew apart speak of the same files.
    others = {token for each in EntryDraft.objects.of(actor.user) for token in read(each, actor.keys).files}
    for upload in Typed(files=tuple(token for token in typed.files if token not in others)).uploads:
        transaction.on_commit(upload.discard)
    record(object=row.pseudonym)


def take_out(*, person: User, draft: UUID, seen: int) -> None:
    """Remove, inside an action that sends it, the draft from which a page came.

    Raises WrongState when another window changed or ended it since.
    """
    row = EntryDraft.objects.select_for_update(of=("self",)).of(person).filter(pk=draft).first()
    if row is None and seen:
        raise WrongState(
            _(
                "This draft was sent or thrown away in another window meanwhile. Nothing is sent by this page yet; if "
                "it is still to be a report, send it once more."
            )
        )
    if row is not None and row.version != seen:
        raise WrongState(
            _(
                "Another window kept something else in this draft meanwhile. Nothing is sent by this page yet: look at "
                "both in the list of drafts, and send this one once more if it is the right one."
            )
        )
    if row is not None:
        row.delete()


def sweep() -> int:
    """Remove the drafts whose time is over; their files go with the sweep of files. Returns how many."""
    ended = EntryDraft.objects.filter(ends_on__lt=clock.today())
    return _sweep(actor=Actor.system()) if ended.exists() else 0


@action(
    "entry.drafts_swept",
    by=(Party.SYSTEM,),
    facts=("drafts",),
    by_day=True,
    description="Drafts of reports that intake officers did not go on with were removed.",
)
def _sweep(*, actor: Actor) -> int:
    count = EntryDraft.objects.filter(ends_on__lt=clock.today()).delete()[0]
    record(object="entry-drafts", drafts=count)
    return count


def opened(person: User, keyring: Keyring) -> list[tuple[EntryDraft, Typed]]:
    """Every draft that waits for somebody, with what stands in it, newest first."""
    return [(draft, read(draft, keyring)) for draft in EntryDraft.objects.of(person)]


def _new(person: User, typed: Typed, *, identifier: UUID) -> EntryDraft:
    assert person.key is not None  # noqa: S101 - who signed in has one, and a ticket is good for nobody else
    draft = EntryDraft(pk=identifier, person=person, key=person.key)
    _write(draft, typed)
    draft.save(force_insert=True)
    return draft


def _write(draft: EntryDraft, typed: Typed) -> None:
    draft.seal(content={"values": dict(typed.values), "files": list(typed.files)})
    draft.kept_on = clock.today()
    draft.ends_on = draft.kept_on + timedelta(days=settings.DRAFT_DAYS)


def _hold(typed: Typed) -> None:
    for upload in typed.uploads:
        storage.hold_pending(upload.identifier, days=settings.DRAFT_DAYS)


def _contents(typed: Typed) -> list[tuple[str, str]]:
    return sorted((upload.details.name, upload.sha256) for upload in typed.uploads)
