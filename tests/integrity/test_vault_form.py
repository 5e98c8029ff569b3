"""The field for files: nothing that arrived is lost, and what was not taken is named."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from integrity.vault.files import open_stream
from integrity.vault.keyring import Keyring
from integrity.vault.models import StoredFile
from integrity.vault.uploads import RefusedUpload, UploadRefusal
from tests.integrity import vault_pages
from tests.integrity.vault_pages import EvidenceForm, ReportForm
from tests.integrity.vault_scene import arrived, person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integrity.vault_pages")]


class Fields(HTMLParser):
    """The form fields of a page, as a browser would send them back, and its labels."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.labels: set[str | None] = set()
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "input":
            self.inputs.append(attributes)
        if tag == "label":
            self.labels.add(attributes.get("for"))
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))

    def named(self, name: str) -> list[str]:
        """The values of the fields of this name."""
        return [str(field.get("value", "")) for field in self.inputs if field.get("name") == name]


@pytest.fixture(autouse=True)
def holder() -> Keyring:
    """Whoever receives what the test page is sent."""
    vault_pages.OWNER["keyring"] = keyring = person()
    return keyring


def file(content: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_error_elsewhere_loses_no_file(client, holder: Keyring, settings) -> None:
    refused = client.post("/report/", {"text": "", "files": [file(b"one", "a.txt"), file(b"two", "b.txt")]})
    assert refused.status_code == 422
    page = Fields(refused.content.decode())
    tokens = page.named("files-kept")
    assert len(tokens) == 2

    refused = client.post("/report/", {"text": "", "files-kept": tokens, "files": [file(b"three", "c.txt")]})
    page = Fields(refused.content.decode())
    tokens = page.named("files-kept")
    assert len(tokens) == 3

    sent = client.post("/report/", {"text": "it happened", "files-kept": tokens})
    stored = [StoredFile.objects.get(pk=pk) for pk in sent.json()["kept"]]
    assert [b"".join(open_stream(one, holder)) for one in stored] == [b"one", b"two", b"three"]
    assert [one.open(holder, "details")["name"] for one in stored] == ["a.txt", "b.txt", "c.txt"]


def test_a_file_that_is_ticked_is_taken_out_and_removed(client, settings) -> None:
    refused = client.post("/report/", {"text": "", "files": [file(b"one", "a.txt"), file(b"two", "b.txt")]})
    page = Fields(refused.content.decode())
    first, second = page.named("files-remove")
    answer = client.post("/report/", {"text": "x", "files-kept": page.named("files-kept"), "files-remove": [first]})
    assert answer.json()["kept"] == [second]
    left = {path.name for path in Path(settings.VAULT_FILES).rglob("*") if path.is_file()}
    assert first not in left
    assert second in left


def test_a_file_that_is_gone_is_told_in_a_sentence_and_the_others_stay(client, settings) -> None:
    refused = client.post("/report/", {"text": "", "files": [file(b"one", "a.txt"), file(b"two", "b.txt")]})
    tokens = Fields(refused.content.decode()).named("files-kept")
    for waiting in Path(settings.VAULT_FILES, "pending").iterdir():
        if waiting.name.startswith(Fields(refused.content.decode()).named("files-remove")[0]):
            waiting.unlink()
    answer = client.post("/report/", {"text": "it happened", "files-kept": tokens})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A file that you chose earlier is no longer here" in page
    assert len(Fields(page).named("files-kept")) == 1
    assert "it happened" in page
    again = client.post("/report/", {"text": "it happened", "files-kept": Fields(page).named("files-kept")})
    assert len(again.json()["kept"]) == 1


def test_a_form_sent_twice_says_that_its_file_was_sent(client, django_capture_on_commit_callbacks) -> None:
    refused = client.post("/report/", {"text": "", "files": [file(b"one", "a.txt")]})
    tokens = Fields(refused.content.decode()).named("files-kept")
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/report/", {"text": "x", "files-kept": tokens}).status_code == 200
    answer = client.post("/report/", {"text": "x", "files-kept": tokens})
    assert "it was already sent" in answer.content.decode()
    assert StoredFile.objects.count() == 1


def test_one_token_twice_is_one_file() -> None:
    token = arrived(b"one").token
    form = ReportForm({"text": "x", "files-kept": [token, token]}, {})
    assert form.is_valid()
    assert len(form.cleaned_data["files"]) == 1


def test_every_refused_file_is_named_and_the_taken_ones_stay() -> None:
    refused = [
        RefusedUpload(name="film.mp4", size=10, refusal=UploadRefusal.TOO_LARGE),
        RefusedUpload(name="blank.pdf", size=0, refusal=UploadRefusal.EMPTY),
    ]
    form = ReportForm({"text": "x"}, MultiValueDict({"files": [*refused, arrived(b"one", "a.txt")]}))
    assert not form.is_valid()
    errors = form.errors["files"]
    assert [re.search("“(.*?)”", error).group(1) for error in errors] == ["film.mp4", "blank.pdf"]
    assert "a.txt" in form.as_p()


def test_files_gathered_over_several_submissions_are_counted_together(settings) -> None:
    settings.VAULT_FILES_PER_REQUEST = 2
    tokens = [arrived(b"x", name).token for name in ("a.txt", "b.txt", "c.txt")]
    form = ReportForm({"text": "x", "files-kept": tokens}, {})
    assert form.errors["files"] == ["You chose 3 files; only 2 can be sent at once. Take some out."]
    assert len(Fields(form.as_p()).named("files-kept")) == 3


def test_no_files_are_fine_where_they_may_be_left_out() -> None:
    form = ReportForm({"text": "x"}, {})
    assert form.is_valid()
    assert form.cleaned_data["files"] == []
    assert not ReportForm({}, {}).fields["files"].has_changed(None, None)


def test_files_that_must_be_there_are_asked_for_and_an_earlier_one_is_enough() -> None:
    assert EvidenceForm({}, {}).errors["files"] == ["This field is required."]
    upload = arrived(b"one", "a.txt")
    assert EvidenceForm({"files-kept": [upload.token]}, {}).is_valid()
    removed = EvidenceForm({"files-kept": [upload.token], "files-remove": [str(upload.identifier)]}, {})
    assert removed.errors["files"] == ["This field is required."]
    assert Fields(removed.as_p()).named("files-kept") == []


def test_a_single_upload_in_plain_dictionaries_is_understood() -> None:
    form = EvidenceForm({}, {"files": arrived(b"one", "a.txt")})
    assert form.is_valid()
    assert [upload.name for upload in form.cleaned_data["files"]] == ["a.txt"]


def test_the_field_is_labelled_described_and_without_script(settings) -> None:
    settings.VAULT_FILE_LIMIT = 1_000_000_000
    form = EvidenceForm({"files-kept": [arrived(b"one", "<b>a</b>.txt").token]}, {"other": None})
    html = str(form)
    page = Fields(html)
    (chooser,) = [field for field in page.inputs if field["type"] == "file"]
    assert "multiple" in chooser
    assert "required" not in chooser
    for described in str(chooser["aria-describedby"]).split():
        assert described in page.ids
    assert chooser["id"] in page.labels
    for box in (field for field in page.inputs if field["type"] == "checkbox"):
        assert box["id"] in page.labels
    assert "<legend>Files that have already arrived</legend>" in html
    assert "<b>" not in html
    assert "script" not in html
    assert "style=" not in html
    assert "You can choose up to 20 files, each of up to 953.7" in html


def test_before_anything_arrived_there_is_only_the_chooser() -> None:
    html = str(EvidenceForm())
    (chooser,) = [field for field in Fields(html).inputs if field["type"] == "file"]
    assert "required" in chooser
    assert "fieldset" not in html
    assert "enctype" not in html
    assert EvidenceForm().is_multipart()


def test_sizes_follow_the_readers_language(settings) -> None:
    settings.VAULT_FILE_LIMIT = 1_000_000_000
    with translation.override("de"):
        assert "953,7" in str(EvidenceForm())
