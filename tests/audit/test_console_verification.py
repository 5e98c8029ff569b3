"""What an auditor sees of verifications and of earlier epochs."""

import json

import pytest
from django.db import connection
from django.test import Client

from audit.console import verification
from audit.log import actions as log
from audit.log import ciphertexts, epoch, verifying
from audit.log.models import Entry
from audit.log.witnessed import PastEntry
from audit.policy import Policy
from audit.proof import ProofFile
from tests.audit.console_site import mount
from tests.audit.tampering import change, guards_lifted

pytestmark = [pytest.mark.django_db]
HEALTH = "/desk/audit/health/"


@pytest.fixture(autouse=True)
def _mounted(settings, log_key, monkeypatch):
    mount(settings, monkeypatch)
    monkeypatch.setattr(ciphertexts, "_sources", [])


@pytest.fixture
def auditor(client) -> Client:
    """A browser in which an auditor is signed in."""
    client.defaults["HTTP_TEST_ROLE"] = "auditor"
    return client


def kinds() -> list[str]:
    log.number()
    return list(Entry.objects.order_by("index").values_list("type", flat=True))


class TestVerification:
    """The result of the last one, and the wish for another."""

    def test_a_log_that_agrees_is_said_to(self, auditor, note_down):
        note_down(5)
        log.integrate()
        assert "was not verified yet" in auditor.get(HEALTH).content.decode()
        verifying.verify(actor="system")
        text = auditor.get(HEALTH).content.decode()
        assert "All 5 entries under the checkpoint of that time lead to it." in text
        assert "does not agree" not in auditor.get("/desk/audit/").content.decode()

    def test_what_is_wrong_is_seen_at_once_with_the_first_entry_in_doubt(self, auditor, note_down):
        note_down(300)
        log.integrate()
        change('UPDATE audit_log_entry SET leaf = %s WHERE "index" = 270', b"{}")
        verifying.verify(actor="system")
        text = auditor.get(HEALTH).content.decode()
        assert "The first entry in doubt:" in text
        assert "/desk/audit/entries/270/" in text
        assert "entry 270 was changed" in text
        assert "The log does not agree with what was signed" in auditor.get("/desk/audit/").content.decode()

    def test_who_asks_is_in_the_log_and_the_page_says_that_it_runs(self, auditor, note_down, monkeypatch):
        posted = []
        monkeypatch.setattr(verification, "_posts", [lambda: posted.append(1)])
        note_down(3)
        log.integrate()
        answer = auditor.post(f"{HEALTH}verify/", follow=True)
        assert "A verification was asked for" in answer.content.decode()
        asked = json.loads(bytes(Entry.objects.filter(type="log.verification_asked").get().leaf))
        assert (asked["actor"], posted) == ("person/auditor", [1])
        auditor.post(f"{HEALTH}verify/")
        assert (posted, kinds().count("log.verification_asked")) == ([1], 1)
        verifying.verify(actor="system")
        assert "A verification was asked for" not in auditor.get(HEALTH).content.decode()

    def test_nobody_else_asks_and_no_link_does(self, auditor, note_down):
        note_down(1)
        assert auditor.post(f"{HEALTH}verify/", headers={"Test-Role": "manager"}).status_code == 403
        assert auditor.get(f"{HEALTH}verify/").status_code == 405
        assert kinds() == ["test.noted"]


class TestEarlierEpochs:
    """Entries that an earlier epoch left."""

    @pytest.fixture
    def begun_again(self, settings, note_down, tmp_path) -> None:
        """An epoch of 62 entries, 60 of them signed, that ended."""
        note_down(60)
        log.integrate()
        note_down(2)
        epoch.open_epoch(
            origin="log.example/2", archive=tmp_path / "archive", reason="the key was stolen", actor="operator/x"
        )
        settings.LOG_ORIGIN = "log.example/2"

    def test_they_are_listed_page_by_page(self, auditor, begun_again):
        page = auditor.get("/desk/audit/epochs/").content.decode()
        assert "the key was stolen" in page
        assert "/desk/audit/epochs/1/" in page
        first = auditor.get("/desk/audit/epochs/1/")
        assert [line.index for line in first.context["lines"]] == list(range(61, 11, -1))
        second = auditor.get(f"/desk/audit/epochs/1/{first.context['older']}")
        assert [line.index for line in second.context["lines"]] == list(range(11, -1, -1))
        assert kinds()[-2:] == ["log.read", "log.read"]

    def test_each_has_its_bytes_and_a_proof_by_the_old_key(self, auditor, begun_again, log_key):
        text = auditor.get("/desk/audit/epochs/1/entries/17/").content.decode()
        assert "This entry is as it was signed" in text
        leaf = auditor.get("/desk/audit/epochs/1/entries/17/leaf").content
        proof = ProofFile.parse(auditor.get("/desk/audit/epochs/1/entries/17/proof").content)
        assert proof.verify(leaf, policy=Policy.of(log_key)).checkpoint.size == 60
        last = json.loads(bytes(Entry.objects.order_by("-index")[0].leaf))["facts"]
        assert last == {"page": "past_proof", "index": 17, "filter": {"epoch": "log.example/tests"}}

    def test_one_that_was_never_signed_says_so(self, auditor, begun_again):
        assert "This entry was never signed" in auditor.get("/desk/audit/epochs/1/entries/61/").content.decode()
        assert auditor.get("/desk/audit/epochs/1/entries/61/proof").status_code == 404

    def test_one_that_was_changed_since_is_no_proof(self, auditor, begun_again):
        with guards_lifted(), connection.cursor() as cursor:
            cursor.execute('UPDATE audit_log_pastentry SET leaf = %s WHERE "index" = 3', [b"{}"])
        text = auditor.get("/desk/audit/epochs/1/entries/3/").content.decode()
        assert "The kept entries are not what was signed" in text
        assert auditor.get("/desk/audit/epochs/1/").status_code == 200

    @pytest.mark.parametrize("page", ["epochs/", "epochs/1/", *(f"epochs/1/entries/0/{each}" for each in ("", "leaf"))])
    def test_only_an_auditor_reads_them_and_that_is_logged(self, auditor, begun_again, page):
        before = len(kinds())
        assert auditor.get(f"/desk/audit/{page}", headers={"Test-Role": "manager"}).status_code == 403
        assert len(kinds()) == before
        assert auditor.get(f"/desk/audit/{page}").status_code == 200
        assert kinds()[before:] == ["log.read"]

    def test_what_is_not_there_is_not_found(self, auditor, begun_again):
        for page in ("epochs/0/", "epochs/2/", "epochs/1/entries/62/"):
            assert auditor.get(f"/desk/audit/{page}").status_code == 404
        assert PastEntry.objects.count() == 62

    def test_a_log_that_never_began_again_has_none(self, auditor, note_down):
        note_down(1)
        assert "never had to begin again" in auditor.get("/desk/audit/epochs/").content.decode()
