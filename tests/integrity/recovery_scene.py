"""What the tests of recovery share: custodians with real keys, a ceremony walked to its end, their sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from integrity.action import Actor
from integrity.people import invitations
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.models import Ceremony, Custodian, GroundOfRequest, Purpose, RecoveryRequest
from integrity.recovery.proving import Gathered, gather, prepare_shares, prove
from integrity.recovery.words import read
from integrity.vault.actions import make_person_key
from tests.world import World

NAMES = ("custodian1", "custodian2", "custodian3")


@dataclass
class Sheets:
    """A ceremony, and the paper that each custodian took home, by user name."""

    ceremony: Ceremony
    words: dict[str, str] = field(default_factory=dict)

    def refresh(self) -> Ceremony:
        """The ceremony as the database has it now."""
        self.ceremony.refresh_from_db()
        return self.ceremony


def custodians(world: World, names: Sequence[str] = NAMES) -> None:
    """Appoint recovery custodians."""
    for name in names:
        if name not in world.people:
            world.add(name, Role.RECOVERY)


def proposed(world: World, *, names: Sequence[str] = NAMES, threshold: int = 2, keeps_key: bool = False) -> Ceremony:
    """A ceremony for which an administrator named the custodians."""
    custodians(world, names)
    people = [world.person(name) for name in names]
    return actions.propose(actor=world.actor("admin"), people=people, threshold=threshold, keeps_key=keeps_key)


def confirmed(world: World, ceremony: Ceremony) -> Ceremony:
    """… and to which a supervisor agreed, so that the words wait."""
    actions.confirm(actor=world.actor("supervisor"), ceremony=ceremony, prepared=prepare_shares(ceremony))
    ceremony.refresh_from_db()
    return ceremony


def share_of(ceremony: Ceremony, world: World, name: str) -> Custodian:
    """The custodian's row."""
    return ceremony.custodians.get(person=world.person(name))


def take_words(world: World, ceremony: Ceremony, name: str) -> str:
    """Look at one's words, as on the page."""
    return actions.show_words(actor=world.actor(name), custodian=share_of(ceremony, world, name))


def type_back(world: World, ceremony: Ceremony, name: str, words: str) -> None:
    """Type them back."""
    proven = prove(ceremony, read(words))
    actions.keep_share(actor=world.actor(name), custodian=share_of(ceremony, world, name), proven=proven)


def handed_out(world: World, ceremony: Ceremony, names: Sequence[str]) -> Sheets:
    """Every custodian takes their words home and types them back."""
    sheets = Sheets(ceremony)
    for name in names:
        sheets.words[name] = take_words(world, ceremony, name)
        type_back(world, ceremony, name, sheets.words[name])
    sheets.refresh()
    return sheets


def in_force(world: World, *, names: Sequence[str] = NAMES, threshold: int = 2) -> Sheets:
    """A ceremony walked from the names to its end."""
    ceremony = confirmed(world, proposed(world, names=names, threshold=threshold))
    return handed_out(world, ceremony, names)


def gathered(sheets: Sheets, *names: str) -> Gathered:
    """The recovery key from these custodians' sheets."""
    return gather(sheets.ceremony, [prove(sheets.ceremony, read(sheets.words[name])) for name in names])


def asked(world: World, beneficiary: str, *, scope: str = "person", reference: str = "") -> RecoveryRequest:
    """An administrator asks for somebody."""
    return actions.ask(
        actor=world.actor("admin"),
        beneficiary=world.person(beneficiary),
        scope=scope,
        reference=reference,
        ground=GroundOfRequest.FORGOTTEN,
        reason="The passphrase is gone since the holidays.",
    )


def approved(
    world: World, beneficiary: str, *, by: str = "authority", scope: str = "person", reference: str = ""
) -> RecoveryRequest:
    """… and somebody else agrees."""
    request = asked(world, beneficiary, scope=scope, reference=reference)
    actions.approve(actor=world.actor(by), request=request)
    request.refresh_from_db()
    return request


def laid(world: World, sheets: Sheets, purpose: Purpose, *names: str, **about: object) -> actions.OpenSitting:
    """A sitting that the first custodian opened and in which these typed their words."""
    opened = actions.open_sitting(actor=world.actor(names[0]), ceremony=sheets.ceremony, purpose=purpose, **about)
    for name in names:
        proven = prove(sheets.ceremony, read(sheets.words[name]))
        actions.lay_share(actor=world.actor(names[0]), opened=opened, proven=proven)
    return opened


def lose_passphrase(world: World, name: str) -> None:
    """The person forgets their passphrase and makes a new key by a link from the administrator."""
    issued = invitations.reset_key(actor=world.actor("admin"), person=world.person(name))
    chosen = make_person_key(f"another passphrase of {name}")
    invitations.accept(actor=Actor.of(world.person(name)), token=issued.token, chosen=chosen)
    world.person(name).refresh_from_db()
    world.keyrings[name] = chosen.keyring
