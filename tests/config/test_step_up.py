"""What asks for the second factor again: everything grave, each tried for real by somebody who may and did not."""

from __future__ import annotations

import pytest

from audit.log.models import Entry
from integrity.action import Actor, NotConfirmed, actions
from integrity.people.roles import Role
from integrity.policy import Party, rules
from tests.config.test_policy import leading
from tests.world import PEOPLE, World

GRAVE = {
    "channels.set",
    "clients.made",
    "factors.removed",
    "factors.spare_code_made",
    "federation.linked",
    "federation.unlinked",
    "identity.agreed",
    "identity.approved",
    "identity.read",
    "identity.refused",
    "identity.released",
    "identity.silence_reviewed",
    "people.account_closed",
    "people.appointed",
    "people.departure_finished",
    "people.details_changed",
    "people.details_imported",
    "people.granted_again",
    "people.institution_key_made",
    "people.invited",
    "people.new_key_invited",
    "people.passphrase_changed",
    "people.person_added",
    "people.recalled",
    "people.role_ended",
    "people.staff_imported",
    "recovery.approved",
    "recovery.asked",
    "recovery.ceremony_confirmed",
    "recovery.ceremony_proposed",
    "recovery.custodians_replaced",
    "recovery.keys_covered",
    "recovery.moved",
    "recovery.old_key_forgotten",
    "recovery.recovered",
    "recovery.sitting_opened",
    "recovery.words_shown",
    "reports.imported",
    "rules.adopted",
    "vault.key_destroyed",
}
# Of the same rooms, and not grave: what takes nothing but what is one's own or opens nothing, and what the system does.
NOT_GRAVE = {
    "clients.ended": "stops something; must be quick",
    "clients.report_sent": "a program with its key",
    "factors.added": "asks itself, because the first one has none before it",
    "factors.codes_made": "asks itself, because the first ones come with the first factor",
    "factors.given": "is the second factor",
    "factors.refused": "notes a wrong one",
    "factors.set_up": "the system alone",
    "federation.identified": "opens nothing",
    "federation.linked_by_claim": "before the sitting, with the passphrase just given",
    "federation.sign_in_failed": "notes a failure",
    "identity.asked": "opens nothing; two others decide",
    "identity.given_back": "gives something up",
    "identity.release_ended": "the system alone",
    "identity.openings_read": "tells when names were read, and none of them",
    "identity.request_opened": "shows no name",
    "identity.second_named": "decides nothing",
    "identity.stepped_aside": "gives something up",
    "identity.told": "the system alone",
    "identity.withdrawn": "gives something up",
    "people.access_ended": "part of a leaving that was confirmed",
    "people.account_made": "the system alone",
    "people.headcount_set": "says nothing about a person",
    "people.headcounts_imported": "says nothing about a person",
    "people.invitation_cancelled": "stops something; must be quick",
    "people.key_made": "with a link, before any sitting",
    "people.office_changed": "says nothing about a person",
    "people.office_made": "says nothing about a person",
    "people.passphrase_refused": "notes a failure",
    "people.searched": "finds names, which everybody at the desk may know",
    "people.sign_in_failed": "notes a failure",
    "people.sign_in_limited": "notes a limit",
    "people.signed_in": "comes before the second factor",
    "people.signed_out": "gives something up",
    "people.sittings_ended": "stops something; must be quick",
    "recovery.ceremony_abandoned": "stops something; must be quick",
    "recovery.ceremony_in_force": "follows from the last words typed back",
    "recovery.drilled": "opens nothing",
    "recovery.notices_seen": "reads a notice of one's own",
    "recovery.refused": "stops something",
    "recovery.share_kept": "proves one's own words",
    "recovery.share_laid": "inside a sitting that was confirmed",
    "recovery.share_proved": "proves one's own words",
    "recovery.sitting_ended": "stops something",
    "recovery.withdrawn": "gives something up",
    "recovery.wrong_words": "notes a failure",
}
ROOMS = {name.partition(".")[0] for name in GRAVE} - {"channels", "rules", "vault"}


def test_each_action_of_these_rooms_is_judged():
    theirs = {name for name in actions() if name.partition(".")[0] in ROOMS}
    assert theirs == {name for name in GRAVE | NOT_GRAVE.keys() if name.partition(".")[0] in ROOMS}
    assert not GRAVE & NOT_GRAVE.keys()


@pytest.mark.parametrize("name", sorted(GRAVE))
def test_whoever_may_do_it_is_asked_first_and_nothing_happens(world: World, name: str):
    rule = rules()[name]
    username = next((each for each, (role, _mandate) in PEOPLE.items() if Role(role) in rule.roles), "triage")
    person = world.person(username)
    actor = Actor.of(person, world.actor(username).keys)
    arguments = leading(rule.themself, person.pk) if rule.themself else {}
    assert rule.roles or Party.DESK in rule.parties or rule.themself
    before = Entry.objects.count()
    with pytest.raises(NotConfirmed):
        actions()[name](actor=actor, **arguments)
    assert Entry.objects.count() == before, "no refusal, and no entry of one"
