"""Walks through triage: from a report that arrived to one that was assessed, and to an open case."""

from __future__ import annotations

from typing import Any

from cases.actions import NewAllegation, NewSubject
from cases.models import Case
from cases.triage import actions
from intake.portal.models import Report
from integrity.people.models import User
from integrity.people.roles import Gender
from integrity.rules.terms import Gravity
from tests.walks.portal import send_report
from tests.world import World

SCALE = {"seriousness": 2, "credibility": 2, "completeness": 3, "urgency": 1}


def received_report(world: World, **overrides: Any) -> Report:
    """A report that has just arrived; `overrides` go to `send_report`."""
    report, _receipt = send_report(world, **overrides)
    return report


def acknowledged_report(world: World, *, intake: str = "intake", **overrides: Any) -> Report:
    """A report whose receipt the intake officer has acknowledged."""
    report = received_report(world, **overrides)
    actions.acknowledge(actor=world.actor(intake), subject=report)
    return report


def assessed_report(
    world: World, *, intake: str = "intake", triage: str = "triage", remarks: str = "", **overrides: Any
) -> Report:
    """A report that was acknowledged and assessed."""
    report = acknowledged_report(world, intake=intake, **overrides)
    assess(world, report, triage=triage, remarks=remarks)
    return report


def assess(world: World, report: Report, *, triage: str = "triage", remarks: str = "", **scale: int) -> None:
    """Assess a report; `scale` replaces answers of SCALE."""
    actions.assess(actor=world.actor(triage), subject=report, remarks=remarks, **{**SCALE, **scale})


def subject(
    *,
    name: str = "Kofi Subject",
    staff_number: str = "S-1001",
    grade_band: str = "C",
    office: str = "PORT",
    gender: str = Gender.UNSTATED.value,
    person: User | None = None,
) -> NewSubject:
    """A subject as the triage officer types it in; `person` is their account, if they have one."""
    return NewSubject(
        profile={
            "name": name,
            "staff_number": person.staff_number if person else staff_number,
            "office": office,
            "grade_band": grade_band,
            "gender": gender,
            "person": str(person.pk) if person else "",
        }
    )


def open_case(
    world: World,
    *,
    offence: str = "speed-money",
    gravity: Gravity | str | None = None,
    name: str = "Kofi Subject",
    staff_number: str = "S-1001",
    grade_band: str = "C",
    office: str = "PORT",
    gender: str = Gender.UNSTATED.value,
    person: User | None = None,
    supervisor: str = "supervisor",
    intake: str = "intake",
    triage: str = "triage",
    report: Report | None = None,
    title: str = "Money at the gate",
    predication: str = "A witness saw money change hands, which clause 2.2 forbids.",
    statement: str = "Took money to open gate 3 before the queue.",
) -> Case:
    """An open case with one subject and one allegation, from a report that is sent unless one is given.

    `gravity` None is the usual one of the offence. Nobody has declared anything on it yet.
    """
    if report is None:
        report = assessed_report(world, intake=intake, triage=triage)
    wanted = Gravity(gravity) if gravity else world.pack.pack.offence(offence).gravity
    who = subject(
        name=name, staff_number=staff_number, grade_band=grade_band, office=office, gender=gender, person=person
    )
    actions.convert(
        actor=world.actor(triage),
        subject=report,
        title=title,
        predication=predication,
        subjects=[who],
        allegations=[NewAllegation(subject=1, offence=offence, gravity=wanted, statement=statement)],
        supervisor=world.person(supervisor),
    )
    return Case.objects.select_related("key", "pack").get(reports=report)
