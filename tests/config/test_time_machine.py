"""The demonstration's clock: it moves forward, for everybody, and only in a demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import clock
from cases.models import Case
from cases.states import CaseState
from config.demonstration import time_machine
from integrity.action import Actor, NotPermitted
from tests.desk import at_desk, entries
from tests.walks import discipline, triage
from tests.world import World


@pytest.fixture
def demonstration(settings: Any) -> Iterator[None]:
    """A demonstration whose clock follows the test's own data folder."""
    settings.DEMONSTRATION = True
    before = list(clock._ahead)
    time_machine.install()
    yield
    clock._ahead[:] = before


def test_a_new_demonstration_stands_at_the_present_day(demonstration: None):
    assert time_machine.days_ahead() == 0


def test_the_clock_moves_forward_by_what_the_page_offers(world: World, demonstration: None, data_folder: Path):
    before = clock.today()
    for days, total in ((1, 1), (7, 8), (21, 29)):
        time_machine.move(actor=world.actor("manager"), days=days)
        assert time_machine.days_ahead() == total
        assert clock.today() == before + timedelta(days=total)
    assert [entry["facts"]["days"] for entry in entries("demonstration.clock_moved")] == [1, 7, 21]
    assert sorted(path.name for path in data_folder.glob("demonstration*")) == ["demonstration-days-ahead"]


@pytest.mark.parametrize("days", [0, -1, 2, 36500])
def test_it_moves_neither_back_nor_anywhere(world: World, demonstration: None, days: int):
    with pytest.raises(NotPermitted, match="only forward"):
        time_machine.move(actor=world.actor("manager"), days=days)
    assert time_machine.days_ahead() == 0


def test_a_real_institution_has_no_such_clock(world: World, settings: Any):
    assert settings.DEMONSTRATION is False
    with pytest.raises(NotPermitted):
        time_machine.move(actor=world.actor("admin"), days=7)
    assert time_machine.days_ahead() == 0
    assert at_desk("admin").get("/desk/demonstration/").status_code == 404


def test_nobody_outside_the_desk_moves_it(world: World, demonstration: None):
    for actor in (Actor.system(), Actor.reporter("r"), Actor("anonymous")):
        with pytest.raises(NotPermitted):
            time_machine.move(actor=actor, days=7)
    assert time_machine.days_ahead() == 0, "what was refused must not have moved the clock"


def test_the_movers_sitting_comes_along(world: World, demonstration: None):
    browser = at_desk("manager")
    time_machine.move(actor=world.actor("manager"), days=100)
    assert browser.get("/desk/").status_code == 200


def test_a_moment_that_was_set_is_not_moved(world: World, demonstration: None):
    moment = clock.now() - timedelta(days=400)
    with clock.at(moment):
        time_machine.move(actor=world.actor("manager"), days=7)
        assert clock.now() == moment
    assert clock.now() > moment + timedelta(days=400)


def test_an_appeal_window_lapses_while_one_watches(world: World, demonstration: None):
    from cases.appeals.actions import confirm_finality

    case = discipline.to_notified(world, triage.open_case(world))
    assert confirm_finality() == 0
    time_machine.move(actor=world.actor("manager"), days=100)
    assert confirm_finality() == 1
    assert Case.objects.get(pk=case.pk).state == CaseState.FINAL
