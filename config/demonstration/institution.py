"""Setting up the demonstration institution, in the order in which a real one would."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from config.demonstration.channels import open_channels
from config.demonstration.people import COLLEAGUES, PASSPHRASE, PLACES
from config.demonstration.recovery import hold_ceremony
from intake.channels.models import Channel
from integrity.action import Actor
from integrity.factors import actions as factors
from integrity.factors.codes import make_secret
from integrity.people import actions as people
from integrity.people.models import Office, User
from integrity.programme.actions import publish_code
from integrity.programme.code import MODEL as MODEL_CODE
from integrity.rules.actions import adopt_pack
from integrity.rules.pack import MODEL
from integrity.rules.terms import GradeBand
from integrity.vault.actions import make_person_key
from integrity.vault.keyring import Keyring
from integrity.vault.models import KeyKind

SYSTEM = Actor.system()


@dataclass
class Institution:
    """The people with their opened keys, the channels, and what the recovery custodians wrote down."""

    people: dict[str, User] = field(default_factory=dict)
    keyrings: dict[str, Keyring] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict, repr=False)

    def actor(self, username: str) -> Actor:
        """The person with their keys open, as in a request of their own."""
        held = self.keyrings[username]
        return Actor.of(self.people[username], Keyring(held.key, held.own), confirmed=True)


def found(*, since: date) -> Institution:
    """Make offices, people with keys, the institution's keys, rule pack, code and channels."""
    made = Institution()
    offices: dict[str, Office] = {}
    for place in PLACES:
        office = people.make_office(
            actor=SYSTEM, code=place.code, name=place.name, region=place.region, is_headquarters=place.is_headquarters
        )
        offices[place.code] = office
        for band, staff in zip(GradeBand, place.headcount, strict=True):
            people.set_headcount(actor=SYSTEM, office=office, grade_band=band, staff=staff, as_of=since)
    # Superiors first: somebody's superior may come later in the list.
    waiting = list(COLLEAGUES)
    while waiting:
        ready = [person for person in waiting if not person.superior or person.superior in made.people]
        for person in ready:
            prepared = make_person_key(PASSPHRASE)
            account = people.make_person(
                actor=SYSTEM,
                username=person.username,
                name=person.name,
                passphrase_key=prepared,
                office=offices[person.office],
                grade_band=person.grade_band,
                staff_number=person.staff_number,
                superior=made.people.get(person.superior),
            )
            people.appoint(actor=SYSTEM, person=account, role=person.role, mandate=person.mandate, since=since)
            factors.set_up(actor=SYSTEM, person=account, secret=make_secret())
            made.people[person.username] = account
            made.keyrings[person.username] = prepared.keyring
            waiting.remove(person)
    adopt_pack(actor=SYSTEM, content=MODEL.read_bytes(), effective_from=since)
    publish_code(actor=SYSTEM, content=MODEL_CODE.read_bytes(), effective_from=since)
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.IDENTITY, holders=[made.people["identity"]])
    people.make_institution_key(
        actor=SYSTEM, kind=KeyKind.PUBLICATION, holders=[made.people["editor"], made.people["approver"]]
    )
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.PROTECTION, holders=[made.people["protection"]])
    people.make_institution_key(actor=SYSTEM, kind=KeyKind.AUDIT, holders=[made.people["auditor"]])
    made.channels = open_channels(SYSTEM, made.people)
    made.sheets = hold_ceremony(made)
    return made
