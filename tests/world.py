"""A small institution for tests: people with real, different keys, a rule pack, channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from intake.channels.actions import set_channel
from intake.channels.models import Channel
from integrity.action import Actor
from integrity.people import actions as people
from integrity.people.models import Office, User
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.rules.terms import GradeBand
from integrity.vault import actions as vault
from integrity.vault.keyring import Keyring
from integrity.vault.models import KeyKind

SYSTEM = Actor.system()

PEOPLE: dict[str, tuple[Role, str]] = {
    "intake": (Role.INTAKE, ""),
    "triage": (Role.TRIAGE, ""),
    "triage2": (Role.TRIAGE, ""),
    "investigator": (Role.INVESTIGATOR, ""),
    "investigator2": (Role.INVESTIGATOR, ""),
    "supervisor": (Role.SUPERVISOR, ""),
    "supervisor2": (Role.SUPERVISOR, ""),
    "authority": (Role.AUTHORITY, "director-general"),
    "authority2": (Role.AUTHORITY, "director-general"),
    "council": (Role.AUTHORITY, "council"),
    "board1": (Role.BOARD, ""),
    "board2": (Role.BOARD, ""),
    "board3": (Role.BOARD, ""),
    "editor": (Role.EDITOR, ""),
    "approver": (Role.APPROVER, ""),
    "identity": (Role.IDENTITY, ""),
    "protection": (Role.PROTECTION, ""),
    "auditor": (Role.AUDITOR, ""),
    "manager": (Role.MANAGER, ""),
    "programme": (Role.PROGRAMME, ""),
    "admin": (Role.ADMINISTRATOR, ""),
}


def passphrase_of(username: str) -> str:
    """Each person's own passphrase."""
    return f"correct horse {username} staple"


@dataclass
class World:
    """People by user name; `actor(name)` acts with that person's open keys."""

    people: dict[str, User] = field(default_factory=dict)
    keyrings: dict[str, Keyring] = field(default_factory=dict)
    office: Office = field(default=None)  # type: ignore[assignment]
    pack: RulePack = field(default=None)  # type: ignore[assignment]
    channel: Channel = field(default=None)  # type: ignore[assignment]
    independent: Channel = field(default=None)  # type: ignore[assignment]

    def actor(self, username: str, *, confirmed: bool = True) -> Actor:
        """The person, with a fresh keyring each time, as in a new request a moment after their second factor."""
        held = self.keyrings[username]
        person = User.objects.get(pk=self.people[username].pk)
        return Actor.of(person, Keyring(held.key, held.own), confirmed=confirmed)

    def person(self, username: str) -> User:
        """The account."""
        return self.people[username]

    def add(self, username: str, role: Role, mandate: str = "", *, superior: User | None = None) -> User:
        """Make one more person with a role."""
        prepared = vault.make_person_key(passphrase_of(username))
        person = people.make_person(
            actor=SYSTEM,
            username=username,
            name=username.capitalize(),
            passphrase_key=prepared,
            office=self.office,
            grade_band=GradeBand.SENIOR,
            staff_number=f"S-{username}",
            superior=superior,
        )
        people.appoint(actor=SYSTEM, person=person, role=role, mandate=mandate, since=date(2020, 1, 1))
        self.people[username] = person
        self.keyrings[username] = prepared.keyring
        return person


def make_world() -> World:
    """Everything a report needs to be sent, worked and published."""
    from integrity.rules.actions import adopt_pack
    from integrity.rules.pack import MODEL

    world = World()
    world.office = people.make_office(
        actor=SYSTEM, code="HQ", name="Headquarters", region="Capital", is_headquarters=True
    )
    port = people.make_office(actor=SYSTEM, code="PORT", name="Sea port", region="South")
    for office, counts in ((world.office, (6, 40, 120, 60)), (port, (1, 12, 90, 40))):
        for band, staff in zip(GradeBand, counts, strict=True):
            people.set_headcount(actor=SYSTEM, office=office, grade_band=band, staff=staff, as_of=date(2020, 1, 1))
    for username, (role, mandate) in PEOPLE.items():
        world.add(username, role, mandate)
    world.pack = adopt_pack(actor=SYSTEM, content=MODEL.read_bytes(), effective_from=date(2020, 1, 1))
    recipients = [world.person(name) for name in ("intake", "triage", "triage2")]
    world.channel = set_channel(actor=SYSTEM, code="office", name="Integrity office", recipients=recipients)
    world.independent = set_channel(
        actor=SYSTEM,
        code="independent",
        name="Independent channel",
        recipients=[world.person("triage2")],
        independent=True,
    )
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.IDENTITY, holders=[world.person("identity")])
    people.make_institution_key(
        actor=SYSTEM, kind=KeyKind.PUBLICATION, holders=[world.person("editor"), world.person("approver")]
    )
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.AUDIT, holders=[world.person("auditor")])
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.PROTECTION, holders=[world.person("protection")])
    return world
