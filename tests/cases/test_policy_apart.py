"""Those who look after people, figures and the log have no way to content, and nobody has one to their own grants.

Every address of the product is asked, with real objects in it, by everybody who must see no content; and nothing that
is sealed anywhere may be in an answer.
"""

from __future__ import annotations

import ast
import html
import json
from collections.abc import Iterable, Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

from cases.access import PERMISSION, give_access
from cases.models import Case, Membership
from cases.publication.models import Publication
from cases.states import CaseState
from cases.workflow import TRANSITIONS
from intake.channels.actions import set_channel
from intake.portal.models import Report
from integrity.action import Actor, NotPermitted, action, record
from integrity.people import actions as people
from integrity.people import invitations, leaving
from integrity.people.actions import Details, appoint, make_institution_key
from integrity.people.models import Appointment, User
from integrity.people.roles import Role
from integrity.policy import ANYBODY
from integrity.recovery import actions as recovery
from integrity.vault import actions as vault
from integrity.vault.fields import sealed_fields
from integrity.vault.keyring import NoGrant
from integrity.vault.models import Grant, Key, KeyKind
from integrity.vault.seal import CannotOpen
from tests.cases.test_workflow_attempts import WALKS
from tests.desk import at_desk, entries
from tests.integrity import recovery_scene
from tests.remembered import remembered
from tests.walks import appeals, discipline, investigation, publication, triage
from tests.walks.portal import send_report
from tests.world import SYSTEM, World, make_world

# Who sees which page does not depend on the database; it takes minutes.
pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
APART = ("admin", "programme", "auditor", "manager", "custodian")
# Rooms in which there is nothing for them at all, not even a list.
CONTENT_ROOMS = {"discipline", "appeals", "investigation"}
LEAVES_THE_DESK = {"people:sign_out"}
# Its examples are the words that the tests send.
EXAMPLES = {"schema"}
FLOORS = ("audit", "integrity", "intake", "cases", "config")


@action("test.let_one_in", by=ANYBODY, description="A test gave somebody access to a case.")
def let_in(*, actor: Actor, case: Case, person: User) -> None:
    give_access(actor=actor, case=case, person=person, capacity=Role.INVESTIGATOR)
    record(object=case.pseudonym)


@pytest.fixture
def full(db: None) -> World:
    """One of everything."""
    return remembered("one of everything", one_of_everything)


def one_of_everything() -> World:
    """Reports with a name and files, cases at the board and in the register, all papers."""
    world = make_world()
    world.add("custodian", Role.RECOVERY)
    triage.received_report(
        world, identity="Amina who reported it, telephone 555 0101", files=[investigation.upload(b"scan", "scan.pdf")]
    )
    send_report(world, independent=True)
    case = triage.open_case(world)
    for state, walk in WALKS:
        walk(world, case)
        case.refresh_from_db()
        if state == CaseState.ANSWERED:
            discipline.hear(world, case)
    appeals.give_opinions(world, case, "uphold", "uphold", "vary")
    publication.to_handed_over(world, triage.open_case(world, offence="gift-accepted"))
    return world


def strings_in(value: Any) -> Iterator[str]:
    """Every text in what was sealed."""
    if isinstance(value, str):
        yield from (line.strip() for line in value.splitlines())
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings_in(each)


def sealed_words(world: World) -> set[str]:
    """Whatever any of these people could open of anything, as far as it is more than a word."""
    keyrings = [world.actor(username).keys for username in world.people]
    found: set[str] = set()
    for column in sealed_fields():
        if column.model is Grant:
            continue
        for row in column.model._base_manager.exclude(**{column.field: b""}):
            for keyring in keyrings:
                try:
                    found |= set(strings_in(row.open(keyring, column.field)))
                except (NoGrant, CannotOpen):
                    continue
                break
    return {words for words in found if len(words) >= 12 and " " in words and not is_common(words)}


@cache
def common() -> str:
    """The published rules, of which sealed papers speak in the same words."""
    return body_of(Client().get(reverse("public_rules:rules")))


def is_common(words: str) -> bool:
    """Whether everybody may read these words anyway."""
    return words == "The respondent" or words in common()


def patterns(found: Iterable[Any] | None = None, room: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the product, with its name space."""
    for each in get_resolver().url_patterns if found is None else found:
        if isinstance(each, URLResolver):
            inner = ":".join(filter(None, [room, each.namespace]))
            yield from patterns(each.url_patterns, inner)
        elif isinstance(each, URLPattern) and each.name:
            yield (f"{room}:{each.name}" if room else str(each.name)), each


@cache
def steps() -> tuple[str, ...]:
    """The names of transitions, without those that no form leads to."""
    return tuple(sorted({row.name for row in TRANSITIONS}))


def references(route: str) -> list[str]:
    """The references that an address could be about."""
    if "report" in route or "identit" in route:
        return list(Report.objects.values_list("reference", flat=True))
    if "register" in route or "decisions" in route:
        return list(Publication.objects.values_list("reference", flat=True))
    return list(Case.objects.values_list("reference", flat=True))


def identifiers(view: Any, converter: str) -> list[Any]:
    """Primary keys of the rows that the view's own app has, one of each table, with those of the vault's files."""
    module = view.__module__
    app = max(
        (each for each in apps.get_app_configs() if module.startswith(each.name)), key=lambda each: len(each.name)
    )
    tables = [
        *app.get_models(),
        *apps.get_app_config("portal").get_models(),
        *apps.get_app_config("vault").get_models(),
    ]
    wanted = UUID if converter == "UUIDConverter" else int
    found = []
    for table in tables:
        key: Any = table._base_manager.values_list("pk", flat=True).order_by("-pk").first()
        if isinstance(key, wanted) and not isinstance(table._meta.pk, models.OneToOneField):
            found.append(key)
    return found or [1]


def addresses() -> Iterator[tuple[str, str]]:
    """Name and address of every page and every part of the API, filled in with what is there."""
    for name, pattern in patterns():
        choices: list[dict[str, Any]] = [{}]
        if isinstance(pattern.pattern, RegexPattern):
            # Tiles of the log: numbers.
            choices = [dict.fromkeys(pattern.pattern.regex.groupindex, "0")]
        for parameter, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__
            if parameter == "reference":
                values: list[Any] = references(str(pattern.pattern) + name)
            elif parameter == "name" and kind != "UUIDConverter":
                values = list(steps())
            elif kind in {"UUIDConverter", "IntConverter"}:
                values = identifiers(pattern.callback, kind)
            else:
                values = ["x"]
            choices = [{**each, parameter: value} for each in choices for value in values]
        for choice in choices:
            try:
                yield name, reverse(name, kwargs={**pattern.default_args, **choice})
            except NoReverseMatch:
                yield name, reverse(name, kwargs=choice)


def body_of(answer: Any) -> str:
    """The whole answer as text, also a download."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return html.unescape(content.decode("utf-8", "replace"))


def told(body: str, secrets: set[str]) -> list[str]:
    """What of the secrets is in an answer, also as JSON writes it."""
    return [secret for secret in secrets if secret in body or json.dumps(secret)[1:-1] in body]


@pytest.mark.parametrize("username", APART)
def test_no_address_shows_any_content(full: World, username: str):
    secrets = sealed_words(full)
    assert len(secrets) > 40
    assert {"Money at the gate", "Kofi Subject"} <= secrets
    assert any("555 0101" in secret for secret in secrets)
    browser = at_desk(username)
    asked, rooms = 0, set()
    turn = APART.index(username)
    for number, (name, address) in enumerate(list(addresses())):
        # Of the pages of single steps each is asked by one of them, all others by everybody.
        someone_elses = name.endswith(":transition") and number % len(APART) != turn
        if name in LEAVES_THE_DESK | EXAMPLES or someone_elses:
            continue
        answer = browser.get(address)
        assert told(body_of(answer), secrets) == [], (username, address)
        assert answer.status_code < 500, (username, address)
        room = name.split(":")[0]
        rooms.add(room)
        if room in CONTENT_ROOMS:
            assert answer.status_code in {403, 404, 405}, (username, address)
        asked += 1
    assert asked > 150
    assert rooms >= CONTENT_ROOMS
    assert {"cases", "triage", "people", "recovery", "cases_api", "triage_api", "register_api", "statistics"} <= rooms


@pytest.mark.parametrize("username", APART)
def test_nothing_that_is_sent_anywhere_opens_or_changes_a_matter(full: World, username: str):
    """Every step of every report, case and entry, over the pages and over the API."""
    secrets = sealed_words(full)
    browser = at_desk(username)
    before = state_of_matters()
    attempts = [
        (name, address)
        for name, address in addresses()
        if name.split(":")[0] in {"cases", "triage", "publication_desk", "cases_api", "triage_api", "register_api"}
        and not name.endswith(":list")
    ]
    assert len(attempts) > 200
    # Each is tried by one of them; what the table says of all is tried without a browser elsewhere.
    turn = APART.index(username)
    for _name, address in attempts[turn :: len(APART)]:
        answer = browser.post(address, {"reasons": "Because.", "reason": "Because."})
        assert answer.status_code in {403, 404, 405}, address
        assert told(body_of(answer), secrets) == [], address
    assert state_of_matters() == before


def state_of_matters() -> tuple[Any, ...]:
    """What somebody could have changed."""
    return (
        list(Case.objects.order_by("pk").values_list("pk", "state")),
        list(Report.objects.order_by("pk").values_list("pk", "state", "has_news")),
        list(Publication.objects.order_by("pk").values_list("pk", "state")),
        list(Membership.objects.order_by("pk").values_list("pk", "until")),
        Grant.objects.count(),
    )


def test_the_search_for_secrets_can_find_one(full: World):
    """The same walk by somebody who may read finds much, so that finding nothing means something."""
    secrets = sealed_words(full)
    browser = at_desk("supervisor")
    found = {
        secret
        for name, address in addresses()
        if name in {"cases:file", "cases_api:file"}
        for secret in told(body_of(browser.get(address)), secrets)
    }
    assert "Money at the gate" in found
    assert len(found) > 10


def test_the_desk_without_a_sitting_is_a_door(full: World):
    secrets = sealed_words(full)
    for name, address in addresses():
        if name in EXAMPLES:
            continue
        answer = Client().get(address)
        assert told(body_of(answer), secrets) == [], address
        if name.split(":")[0] in CONTENT_ROOMS:
            assert answer.status_code in {302, 403}, address


# Django's own ways


def test_there_is_no_django_admin():
    assert not apps.is_installed("django.contrib.admin")
    assert not [name for name, pattern in patterns() if "admin" in str(pattern.callback.__module__).split(".")]
    assert Client().get("/admin/").status_code == 404
    assert not [name for name, pattern in patterns() if pattern.callback.__module__.startswith("django.contrib")]


def test_nobody_is_a_superuser_and_no_flag_makes_one(world: World):
    person = world.person("admin")
    person.is_superuser = True
    with pytest.raises(Exception, match="nobody_is_a_superuser"):
        person.save()


def test_membership_written_straight_into_the_database_opens_nothing(full: World):
    """Who writes to the tables can make an administrator look like a member; without a grant nothing opens."""
    from guardian.shortcuts import assign_perm

    secrets = sealed_words(full)
    admin, case = full.person("admin"), Case.objects.order_by("opened_on", "pk")[0]
    Appointment.objects.create(person=admin, role=Role.INVESTIGATOR, since="2020-01-01")
    Membership.objects.create(case=case, person=admin, capacity=Role.INVESTIGATOR, since="2020-01-01")
    assign_perm(PERMISSION, admin, case)
    browser = at_desk("admin")
    for name, address in addresses():
        if name.split(":")[0] in {"cases", "cases_api", "investigation", "discipline", "triage"}:
            assert told(body_of(browser.get(address)), secrets) == [], address


# Commands


def commands() -> dict[str, Path]:
    """The commands of this product, with their source."""
    found = {}
    for name, app in get_commands().items():
        module = app if isinstance(app, str) else app.name
        if module.split(".")[0] in FLOORS:
            found[name] = ROOT / module.replace(".", "/") / "management" / "commands" / f"{name}.py"
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_acts_for_a_person_only_with_that_persons_passphrase(name: str):
    source = commands()[name].read_text("utf-8")
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}
    if "Actor.of" in called:
        assert called & {"unlock", "vault.unlock"}, f"{name} acts for somebody without opening their key"
    assert not called & {"give", "give_access", "assign_perm", "vault.grant", "vault.grant_generations", "Keyring"}
    assert not called & {"appoint", "people.appoint", "actions.appoint"}, f"{name} gives roles"


QUIET = (("check_access",), ("vault", "check"), ("vault", "fields"), ("policy",), ("workflow",))


@pytest.mark.parametrize("words", QUIET, ids=" ".join)
def test_what_a_command_prints_is_no_content(full: World, words: tuple[str, ...]):
    said = StringIO()
    secrets = sealed_words(full)
    try:
        call_command(*words, stdout=said, stderr=said)
    except CommandError as error:
        said.write(str(error))
    assert said.getvalue()
    assert told(said.getvalue(), secrets) == []


def test_an_export_of_the_log_holds_no_content(full: World, tmp_path: Path):
    secrets = sealed_words(full)
    call_command("audit", "create-key", stdout=StringIO())
    call_command("audit", "export", str(tmp_path / "log"), stdout=StringIO())
    written = b"".join(path.read_bytes() for path in sorted((tmp_path / "log").rglob("*")) if path.is_file())
    assert len(written) > 10_000
    assert told(written.decode("utf-8", "replace"), secrets) == []


def test_the_command_for_invitations_is_no_way_to_anybody_elses_account(world: World):
    for username in ("investigator", "supervisor", "identity", "nobody"):
        with pytest.raises(CommandError):
            call_command("people", "invite", username, stdout=StringIO())
    appoint(actor=SYSTEM, person=world.person("admin"), role=Role.INVESTIGATOR)
    with pytest.raises(CommandError, match="one role"):
        call_command("people", "invite", "admin", stdout=StringIO())
    assert not entries("people.new_key_invited")


def test_the_system_itself_can_give_no_access(full: World):
    """Whoever runs code on the server acts as the system, which has no keys."""
    case = Case.objects.order_by("opened_on", "pk")[0]
    with pytest.raises(NotPermitted, match="keys"):
        let_in(actor=Actor.system(), case=case, person=full.person("investigator2"))
    admin = full.actor("admin")
    assert admin.user.key is not None
    with pytest.raises(NoGrant):
        vault.grant(admin.keys, key=case.key, to=admin.user.key)
    assert not admin.keys.holds(case.key)


# One's own grants


def test_an_administrator_gives_themselves_no_role(world: World):
    admin = world.actor("admin")
    for role in Role:
        with pytest.raises(NotPermitted, match="themselves"):
            appoint(actor=admin, person=admin.user, role=role)
    browser = at_desk("admin")
    url = reverse("people:give_role", args=[admin.user.pk])
    answer = browser.post(url, {"role": "investigator", "since": "2026-01-01", "since_0": "1"})
    assert answer.status_code in {403, 422}
    assert admin.user.appointments.count() == 1


def test_an_administrator_changes_nothing_of_their_own(world: World):
    admin = world.actor("admin")
    mine = admin.user
    details = Details(name="Other", office=mine.office, grade_band=mine.grade_band)
    tries: list[Any] = [
        lambda: people.change_person(actor=admin, person=mine, details=details),
        lambda: invitations.invite(actor=admin, person=mine),
        lambda: invitations.reset_key(actor=admin, person=mine),
        lambda: leaving.end_role(actor=admin, appointment=mine.appointments.get()),
        lambda: leaving.close_account(actor=admin, person=mine, reason=leaving.LeavingReason.LEFT),
        lambda: recovery.propose(actor=admin, people=[mine, world.person("identity")], threshold=2),
        lambda: make_institution_key(actor=admin, kind=KeyKind.IDENTITY, holders=[mine]),
    ]
    for attempt in tries:
        with pytest.raises(NotPermitted):
            attempt()
    assert {entry["actor"] for entry in entries("action.refused")} == {admin.pseudonym}
    assert len(entries("action.refused")) == len(tries)


def test_nobody_makes_themselves_holder_of_a_key_whatever_else_they_are(world: World):
    """An administrator whom another one also made an identity custodian."""
    appoint(actor=SYSTEM, person=world.person("admin"), role=Role.IDENTITY)
    with pytest.raises(NotPermitted, match="holder of a key"):
        make_institution_key(
            actor=world.actor("admin"), kind=KeyKind.IDENTITY, holders=[world.person("identity"), world.person("admin")]
        )
    assert Key.objects.filter(kind=KeyKind.IDENTITY).count() == 1


def test_nobody_makes_themselves_a_recipient_of_reports(world: World):
    """A programme officer who is a triage officer as well; and an administrator, who sets no channel at all."""
    appoint(actor=SYSTEM, person=world.person("programme"), role=Role.TRIAGE)
    for username, sentence in (("programme", "recipient"), ("admin", "programme officer")):
        with pytest.raises(NotPermitted, match=sentence):
            set_channel(
                actor=world.actor(username),
                code="office",
                name="Integrity office",
                recipients=[world.person("triage"), world.person(username)],
            )
    assert world.person("programme") not in world.channel.recipients.all()


def test_nobody_decides_on_a_recovery_that_they_asked_for_or_that_is_for_them(world: World):
    recovery_scene.in_force(world)
    triage.open_case(world)
    appoint(actor=SYSTEM, person=world.person("admin"), role=Role.SUPERVISOR)
    appoint(actor=SYSTEM, person=world.person("supervisor"), role=Role.AUTHORITY, mandate="council")
    recovery_scene.lose_passphrase(world, "supervisor")
    with pytest.raises(NotPermitted, match="Nobody asks for themselves"):
        recovery_scene.asked(world, "admin")
    request = recovery_scene.asked(world, "supervisor")
    for username, sentence in (("admin", "you asked for"), ("supervisor", "for themselves")):
        for verb in (recovery.approve, recovery.refuse):
            with pytest.raises(NotPermitted, match=sentence):
                verb(actor=world.actor(username), request=request)
    request.refresh_from_db()
    assert request.decided_by is None
    browser = at_desk("admin")
    answer = browser.post(reverse("recovery:decide", args=[request.pk, "approve"]), {})
    request.refresh_from_db()
    assert request.decided_by is None, answer.status_code
