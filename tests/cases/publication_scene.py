"""What the tests of the register share: a world in the past, final cases in it, and pages as a person sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from django.test import Client

from audit import clock
from cases.models import Case
from cases.publication import actions
from cases.publication.generalisation import Coded
from cases.publication.models import Publication
from integrity.action import Actor, action, record
from integrity.people.granting import institution_key
from integrity.policy import ANYBODY
from integrity.references import new_reference
from integrity.vault.models import KeyKind
from tests.desk import at_desk
from tests.walks.appeals import to_final
from tests.walks.publication import to_handed_over
from tests.walks.triage import open_case
from tests.world import SYSTEM, World

FEBRUARY = datetime(2026, 2, 16, 4, 0, tzinfo=UTC)
# The embargo of a decision that became final in the first half of 2026 ends with September.
LAST_DAY_OF_EMBARGO = datetime(2026, 9, 30, 4, 0, tzinfo=UTC)
FIRST_DAY_AFTER = datetime(2026, 10, 1, 4, 0, tzinfo=UTC)
PORT_OFFICER = Coded(
    offence="speed-money",
    category="bribery",
    gravity="serious",
    sanction="suspension",
    amount=60,
    grade_band="C",
    office="PORT",
    region="South",
    is_headquarters=False,
    decided_on=date(2026, 2, 16),
    final_on=date(2026, 2, 16),
    finality="waived",
    appeal="",
)


def final_case(world: World, outcome: str | None = None, **subject: Any) -> Case:
    """A case that became final today; `subject` goes to `open_case`."""
    return to_final(world, open_case(world, **subject), outcome)


def draft(world: World, **subject: Any) -> Publication:
    """An entry that waits for the editor."""
    return to_handed_over(world, final_case(world, **subject))


def desk(username: str) -> Client:
    """A browser in which this person has signed in."""
    return at_desk(username)


def text_of(client: Client, address: str, status: int = 200) -> str:
    """A page with its white space made one."""
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return " ".join(answer.content.decode().split())


@action("test.drafted", by=ANYBODY, description="A test put a draft into the register without a case.")
def draft_without_case(*, actor: Actor, world: World, **changes: Any) -> Publication:
    """A draft of a decision on an officer at the sea port; `changes` are fields of Coded."""
    day = clock.today()
    coded = replace(PORT_OFFICER, **{"decided_on": day, "final_on": day, **changes})
    key = institution_key(KeyKind.PUBLICATION)
    assert key is not None
    entry = Publication(reference=new_reference("D"), key=key, pack=world.pack, handed_over_on=day)
    entry.seal(coded=coded.to_json())
    entry.save(force_insert=True)
    record(object=entry.pseudonym)
    return entry


def edited(world: World, *, levels: Mapping[str, str] | None = None, **changes: Any) -> Publication:
    """An entry without a case that the editor submitted."""
    entry = draft_without_case(actor=SYSTEM, world=world, **changes)
    actions.edit_entry(actor=world.actor("editor"), subject=entry, **(levels or {}))
    return entry


def published(world: World, *, levels: Mapping[str, str] | None = None, **changes: Any) -> Publication:
    """An entry without a case that was decided in February and published after the embargo."""
    with clock.at(FEBRUARY):
        entry = edited(world, levels=levels, **changes)
    with clock.at(FIRST_DAY_AFTER):
        actions.approve_entry(actor=world.actor("approver"), subject=entry)
    return Publication.objects.get(pk=entry.pk)
