"""The table of rules in force: every action, tried by every role and party that it does not name."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils.encoding import force_str

from audit.log.models import Entry
from cases.workflow import SYSTEM, TRANSITIONS
from config.demonstration import time_machine  # noqa: F401 - its action is declared where it is imported
from config.management.commands.policy import page
from integrity.action import Actor, NotPermitted, action, actions, record
from integrity.people.roles import Role
from integrity.policy import (
    NOT_THE_SYSTEM,
    NOT_YOUR_ROLE,
    ONLY_AT_THE_DESK,
    ONLY_THE_SYSTEM,
    ConflictingRule,
    Party,
    Rule,
    declare,
    refusal,
    rules,
)
from tests.world import PEOPLE, World

# The table of rules is Python; of the database it asks for people and nothing else.
pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("integrity", "intake", "cases", "config")
LOG = {"audit_log"}
page()
RULES = [rule for name, rule in rules().items() if not name.startswith("test.")]
READING = {"log.read"}
EVENTS = {row.event: row for row in TRANSITIONS}
NOBODYS = {
    Party.SYSTEM: Actor.system(),
    Party.REPORTER: Actor.reporter("0"),
    Party.STRANGER: Actor("anonymous"),
}
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def person_of(world: World, role: Role) -> Actor:
    """Somebody who holds this role and no other."""
    if role == Role.RECOVERY and "custodian" not in world.people:
        world.add("custodian", role)
    username = next((name for name, (held, _mandate) in PEOPLE.items() if held == role), "custodian")
    return world.actor(username)


def counts() -> dict[str, int]:
    """How many rows every table has, but for those of the log."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label not in LOG
    }


def attempts() -> int:
    """How many refused attempts the log tells of."""
    return Entry.objects.filter(type__startswith="action.refused").count()


def sentence_for(rule: Rule, actor: Actor) -> str:
    """What this actor must read when the table does not name them."""
    if actor.is_system:
        return force_str(NOT_THE_SYSTEM)
    if rule.by == {Party.SYSTEM}:
        return force_str(ONLY_THE_SYSTEM if rule.sentence == NOT_YOUR_ROLE else rule.sentence)
    return force_str(rule.sentence if actor.person is not None else ONLY_AT_THE_DESK)


def not_named(world: World, rule: Rule) -> Iterator[Actor]:
    """One actor for each role and party that a rule does not name."""
    if Party.DESK not in rule.parties:
        yield from (person_of(world, role) for role in Role if role not in rule.roles)
    yield from (actor for party, actor in NOBODYS.items() if party not in rule.parties)


def test_whoever_the_table_does_not_name_is_refused_before_anything_runs(world: World):
    """Called with nothing but the actor: a body that ran would fail for want of its arguments."""
    person_of(world, Role.RECOVERY)
    before, tried = counts(), 0
    run = actions()
    for rule in RULES:
        if rule.name in READING:
            continue
        logged, refusals = attempts(), 0
        for actor in not_named(world, rule):
            with pytest.raises(NotPermitted) as refused:
                run[rule.name](actor=actor)
            refusals += 1
            assert force_str(refused.value.sentence) == sentence_for(rule, actor), rule.name
        assert attempts() == logged + refusals, rule.name
        if refusals:
            last = json.loads(bytes(Entry.objects.filter(type__startswith="action.refused").latest("index").leaf))
            assert last["facts"] == {"action": rule.name, "reason": "NotPermitted"}
        tried += refusals
    assert counts() == before
    assert tried > 10 * len(RULES)


def test_whoever_the_table_names_gets_as_far_as_the_room(world: World):
    for rule in RULES:
        named = [person_of(world, role) for role in rule.roles]
        named += [actor for party, actor in NOBODYS.items() if party in rule.parties]
        if Party.DESK in rule.parties:
            named += [person_of(world, role) for role in Role]
        for actor in named:
            assert refusal(rule, actor, {}) is None, (rule.name, actor.pseudonym)


def leading(path: str, found: Any) -> dict[str, Any]:
    """Arguments in which a path leads to `found`; the last step is a list where it names people."""
    name, *attributes = path.split(".")
    for attribute in reversed(attributes):
        found = SimpleNamespace(**{attribute: found})
    return {name: found}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.not_self], ids=lambda rule: rule.name)
def test_nobody_does_it_for_themselves(world: World, rule: Rule):
    somebody = world.person("approver")
    allowed: Iterable[Role] = rule.roles or [Role.ADMINISTRATOR]
    for role in allowed:
        actor = person_of(world, role)
        for path, sentence in rule.not_self.items():
            # Where only those concerned may do it, they are concerned here.
            mine = leading(rule.themself, actor.user.pk) if rule.themself else {}
            for own in (actor.user, actor.user.pk, [somebody, actor.user]):
                denied = refusal(rule, actor, mine | leading(path, own))
                assert denied is not None, (rule.name, path)
                assert force_str(denied.sentence) == force_str(sentence)
                assert denied.object == actor.pseudonym
            assert refusal(rule, actor, mine | leading(path, somebody)) is None
            assert refusal(rule, actor, mine | leading(path, [somebody])) is None


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.themself], ids=lambda rule: rule.name)
def test_what_is_for_the_person_concerned_is_for_nobody_else(world: World, rule: Rule):
    actor, other = world.actor("auditor"), world.person("approver")
    assert refusal(rule, actor, leading(rule.themself, actor.user.pk)) is None
    for found in (other, other.pk, [other], None, []):
        denied = refusal(rule, actor, leading(rule.themself, found))
        assert denied is not None
        assert force_str(denied.sentence) == force_str(rule.sentence)


@every_rule
def test_a_rule_is_told_in_sentences(rule: Rule):
    for sentence in (rule.sentence, *rule.not_self.values()):
        assert force_str(sentence).endswith(".")
        assert len(force_str(sentence)) > 20
        assert "%(" not in force_str(sentence)


def test_every_action_has_its_rule_and_every_rule_its_action():
    named = {name for name in actions() if not name.startswith("test.")}
    assert {rule.name for rule in RULES} - named == READING
    assert named - {rule.name for rule in RULES} == set()


def test_every_declaration_in_the_code_names_who_may():
    """Also in modules that nothing has imported yet."""
    silent = []
    for floor in FLOORS:
        for source in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(source.read_text("utf-8"))):
                is_action = isinstance(node, ast.Call) and ast.unparse(node.func) == "action"
                if is_action and "by" not in {keyword.arg for keyword in node.keywords}:  # type: ignore[attr-defined]
                    silent.append(f"{source.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined]
    assert silent == []


def test_transitions_have_the_rule_of_the_workflow_table():
    for event, row in EVENTS.items():
        rule = rules()[event]
        assert rule.by == row.by
        assert rule.about == "subject"
        if SYSTEM not in row.by:
            assert force_str(row.label) in force_str(rule.sentence)


def test_whoever_looks_after_people_figures_or_the_log_is_named_for_no_content():
    content = ("case.", "report.", "investigation.", "discipline.", "appeals.", "publication.")
    apart = {Role.ADMINISTRATOR, Role.AUDITOR, Role.MANAGER, Role.PROGRAMME, Role.RECOVERY}
    for rule in RULES:
        if rule.name.startswith(content):
            assert not rule.roles & apart, rule.name
            assert Party.DESK not in rule.parties, rule.name


def test_nobody_but_administrators_and_the_system_gives_roles_keys_or_links():
    for name in ("people.appointed", "people.institution_key_made", "people.invited", "people.new_key_invited"):
        rule = rules()[name]
        assert rule.by == {Role.ADMINISTRATOR, Party.SYSTEM}
        assert rule.not_self, name


@pytest.mark.parametrize("by", [(), ("clerk",), (Role.AUDITOR, "clerk")])
def test_a_rule_without_anybody_that_exists_is_refused(by: tuple[str, ...]):
    with pytest.raises(ConflictingRule):
        declare("test.nobody", by=by)
    assert "test.nobody" not in rules()


def test_the_person_concerned_must_be_found_somewhere():
    with pytest.raises(ConflictingRule):
        declare("test.lost", by=(Party.THEMSELF,))
    with pytest.raises(ConflictingRule):
        declare("test.lost", by=(Role.AUDITOR,), themself="person")


def test_a_rule_is_not_declared_twice_and_differently():
    declare("test.twice", by=(Role.AUDITOR,))
    declare("test.twice", by=(Role.AUDITOR,))
    with pytest.raises(ConflictingRule):
        declare("test.twice", by=(Role.AUDITOR, Role.MANAGER))
    assert rules()["test.twice"].by == {Role.AUDITOR}


def test_an_action_that_does_not_say_who_may_is_none():
    with pytest.raises(TypeError, match="by"):
        action("test.silent")  # type: ignore[call-arg]


def test_a_list_that_can_be_read_only_once_hides_nobody(world: World):
    rule = rules()["channels.set"]
    actor = world.actor("programme")
    with pytest.raises(TypeError, match="only once"):
        refusal(rule, actor, {"recipients": iter([actor.user])})


def test_an_inner_action_is_asked_as_well(world: World):
    """An action that somebody may do does not carry them into one that they may not."""

    @action("test.inside", by=(Role.ADMINISTRATOR,), description="A test did what only administrators do.")
    def inside(*, actor: Actor) -> None:
        record(object="test")

    @action("test.around", by=(Party.DESK,), description="A test did what everybody may.")
    def around(*, actor: Actor) -> None:
        record(object="test")
        inside(actor=actor)

    with pytest.raises(NotPermitted) as refused:
        around(actor=world.actor("investigator"))
    assert force_str(refused.value.sentence) == force_str(NOT_YOUR_ROLE)
    assert not Entry.objects.filter(type="test.around").exists()
    around(actor=world.actor("admin"))
    assert Entry.objects.filter(type="test.inside").count() == 1


def test_a_role_that_has_ended_counts_for_nothing(world: World):
    world.person("admin").appointments.update(until="2021-01-01")
    with pytest.raises(NotPermitted):
        actions()["people.office_made"](actor=world.actor("admin"), code="X", name="X", region="X")


def test_the_page_in_the_docs_is_the_table(capsys: pytest.CaptureFixture[str]):
    call_command("policy")
    committed = ROOT / "docs" / "policy.md"
    assert capsys.readouterr().out == committed.read_text("utf-8"), "run: integrity policy > docs/policy.md"
