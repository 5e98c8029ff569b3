"""The outbox: errands that are neither lost nor run for a change that was taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery, current_app
from django.db import transaction

from audit import clock
from integrity.outbox import actions, tasks
from integrity.outbox.models import Errand

ran: list[str] = []
failures: list[Exception] = []


@actions.errand("test.note")
def note(word: str) -> None:
    """Note that the errand ran, or fail with what is prepared."""
    if failures:
        raise failures.pop(0)
    ran.append(word)


@pytest.fixture(autouse=True)
def fresh() -> None:
    ran.clear()
    failures.clear()


@contextmanager
def celery_at(url: str, **transport: str) -> Iterator[None]:
    """Celery with this broker, for the length of a test."""
    before = current_app._get_current_object()
    app = Celery("outbox-test", broker=url, set_as_current=True)
    app.conf.broker_transport_options = transport
    try:
        yield
    finally:
        app.close()
        before.set_current()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Path]:
    """The folder of a file-system broker of the test's own."""
    folder = tmp_path / "queue"
    folder.mkdir()
    with celery_at(
        "filesystem://",
        data_folder_in=str(folder),
        data_folder_out=str(folder),
        control_folder=str(tmp_path / "control"),
    ):
        yield folder


def test_an_errand_runs_once(db: None):
    posted = actions.post("test.note", word="one")
    assert actions.run(posted.pk)
    assert not actions.run(posted.pk)
    assert ran == ["one"]
    posted.refresh_from_db()
    assert posted.done_at is not None
    assert posted.attempts == 1
    assert not actions.run(posted.pk + 1)


def test_an_errand_that_nobody_runs_cannot_be_posted(db: None):
    with pytest.raises(KeyError):
        actions.post("test.nobody")
    assert not Errand.objects.exists()


def test_a_change_that_is_taken_back_takes_its_errand_along(db: None):
    with transaction.atomic():
        actions.post("test.note", word="lost")
        transaction.set_rollback(True)
    assert not Errand.objects.exists()


def test_a_failure_is_kept_by_its_kind_and_tried_again(db: None, caplog: pytest.LogCaptureFixture):
    failures.append(ValueError("Kofi Subject took money"))
    posted = actions.post("test.note", word="one")
    assert not actions.run(posted.pk)
    posted.refresh_from_db()
    assert posted.failure == "ValueError"
    assert posted.done_at is None
    assert "Kofi" not in caplog.text
    assert "ValueError" in caplog.text
    assert actions.run(posted.pk)
    posted.refresh_from_db()
    assert (posted.failure, posted.attempts, ran) == ("", 2, ["one"])


def test_what_always_fails_is_given_up(db: None):
    posted = actions.post("test.note", word="one")
    failures.extend(ValueError() for _ in range(20))
    for _ in range(20):
        assert not actions.run(posted.pk)
    posted.refresh_from_db()
    assert posted.attempts == actions.GREATEST_ATTEMPTS
    assert len(failures) == 20 - actions.GREATEST_ATTEMPTS


def test_an_errand_of_a_name_that_is_gone_is_a_failure_like_another(db: None):
    posted = Errand.objects.create(name="test.removed", posted_at=clock.now())
    assert not actions.run(posted.pk)
    posted.refresh_from_db()
    assert posted.failure == "KeyError"


def test_the_sweep_runs_what_was_left_behind_and_forgets_what_is_long_done(db: None):
    now = clock.now()
    Errand.objects.create(name="test.note", arguments={"word": "left"}, posted_at=now - timedelta(minutes=2))
    Errand.objects.create(name="test.note", arguments={"word": "young"}, posted_at=now)
    spent = Errand.objects.create(
        name="test.note", arguments={"word": "spent"}, posted_at=now - timedelta(days=1), attempts=8
    )
    old = Errand.objects.create(
        name="test.note", arguments={"word": "old"}, posted_at=now, done_at=now - timedelta(days=31)
    )
    assert actions.sweep() == 1
    assert ran == ["left"]
    assert not Errand.objects.filter(pk=old.pk).exists()
    assert Errand.objects.filter(pk=spent.pk).exists(), "what was given up stays to be seen"
    tasks.sweep()
    assert ran == ["left"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_after_the_commit_and_not_before(broker: Path):
    with transaction.atomic():
        posted = actions.post("test.note", word="one")
        assert list(broker.iterdir()) == []
    (message,) = broker.iterdir()
    content = message.read_text()
    assert "outbox.run_errand" in content
    tasks.run_errand(posted.pk)
    assert ran == ["one"]


@pytest.mark.django_db(transaction=True)
def test_the_queue_holds_the_number_of_an_errand_and_none_of_its_words(broker: Path):
    actions.post("test.note", word="canary-in-the-queue")
    (message,) = broker.iterdir()
    assert "canary" not in message.read_text()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_nothing_and_breaks_nothing(broker: Path, caplog: pytest.LogCaptureFixture):
    broker.rmdir()
    broker.write_text("in the way")
    posted = actions.post("test.note", word="one")
    assert "cannot be reached" in caplog.text
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert actions.sweep() == 1
    assert ran == ["one"]
    posted.refresh_from_db()
    assert posted.done_at is not None
    broker.unlink()
    broker.mkdir()


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_away_loses_nothing_and_breaks_nothing(caplog: pytest.LogCaptureFixture):
    with celery_at("redis://127.0.0.1:1/0"):
        posted = actions.post("test.note", word="one")
    assert "cannot be reached" in caplog.text
    assert actions.run(posted.pk)
