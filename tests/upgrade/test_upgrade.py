"""Upgrades never lose data: every kept release is loaded, migrated to today, and read with its own passphrases."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.upgrade import snapshot


def test_at_least_one_release_is_kept() -> None:
    assert snapshot.names()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", snapshot.names())
def test_a_release_migrates_and_everything_in_it_still_opens(name: str) -> None:
    kept = snapshot.read(name)
    applied = {(app, migration) for app, migration in kept["migrations"]}
    executor = MigrationExecutor(connection)
    then = [node for node in executor.loader.graph.nodes if node in applied]
    missing = applied - set(executor.loader.graph.nodes) - set(_of_packages(applied))
    assert not missing, f"Migrations of a release were removed: {sorted(missing)}"
    try:
        _to(_latest(then))
        snapshot.load(kept)
        _to(MigrationExecutor(connection).loader.graph.leaf_nodes())
        _everything_opens(kept)
    finally:
        _to(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _of_packages(applied: set[tuple[str, str]]) -> list[tuple[str, str]]:
    ours = {"vault", "people", "rules", "programme", "outbox", "channels", "portal", "cases", "triage",
            "investigation", "discipline", "appeals", "publication", "statistics", "audit_log"}  # fmt: skip
    return [node for node in applied if node[0] not in ours]


def _latest(nodes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    last: dict[str, str] = {}
    for app, migration in nodes:
        last[app] = max(last.get(app, ""), migration)
    return sorted(last.items())


def _to(targets: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(targets)


def _everything_opens(kept: dict) -> None:
    from audit.log.models import Entry
    from cases.models import Case
    from intake.channels.concerns import Concerns
    from intake.channels.models import Channel
    from intake.channels.routing import channel_for
    from intake.portal.models import Report
    from integrity.people.models import User
    from integrity.vault.actions import unlock

    channels = {channel.independent: channel for channel in Channel.objects.all()}
    assert (channels[True].about_leadership, channels[True].about_office) == (True, True)
    assert (channels[False].about_leadership, channels[False].about_office) == (False, False)
    for concerns in Concerns:
        assert channel_for(concerns=concerns, path="public", language="ar") == channels[concerns.independent]
    assert Entry.objects.count() == len(kept["tables"]["audit_log_entry"]["rows"])
    supervisor = User.objects.select_related("key").get(username="supervisor")
    keyring = unlock(supervisor.key, "harbour lantern quiet river")
    opened = 0
    for case in Case.objects.seen_by(supervisor).select_related("key"):
        assert case.open(keyring, "title")
        for subject in case.subjects.all():
            assert subject.open(keyring, "profile")["name"]
        for report in Report.objects.filter(cases=case).select_related("key"):
            assert report.open(keyring, "answers")["what"]
            opened += 1
    assert opened
