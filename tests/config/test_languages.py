"""Languages: whole on the public side, compiled as written, offered only when there is something to offer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from string import ascii_letters

import polib
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit import clock
from cases.investigation.forms.findings import no_case_to_answer
from cases.publication.forms import feedback
from cases.workflow import REPORT_TRANSITIONS
from config import catalogues
from config.catalogues import LOCALE, compiled
from config.public_sources import ROOT, public_files
from integrity.programme.actions import publish_code
from integrity.programme.code import MODEL
from tests.cases.publication_scene import FIRST_DAY_AFTER, published
from tests.config.public_words import (
    Sentence,
    foreign_sentences,
    read,
    sentences_of,
)
from tests.intake.pages import hidden, receipt_on
from tests.world import SYSTEM, World

CATALOGUES = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
by_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|%%")
# Thai asks without a question mark, and Burmese, Khmer, Lao and the East have signs and habits of their own.
ENDS_ALIKE = {"ar", "fil", "id", "ms", "vi"}
ALLOWED = ("Customs Integrity Office",)
REPORT_IN_ARABIC = {
    "path": "partner",
    "concerns": "others",
    "what": "عند البوابة الثالثة يطلب موظف مالًا من السائقين.",
    "when": "كل صباح منذ يناير",
}


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A request leaves its language active, and the next test would speak it."""
    translation.deactivate()
    yield
    translation.deactivate()


def entries(path: Path) -> dict[Sentence, polib.POEntry]:
    """A catalogue's entries by their sentence."""
    return {Sentence(entry.msgid, entry.msgctxt): entry for entry in polib.pofile(str(path)) if not entry.obsolete}


def texts(entry: polib.POEntry) -> list[str]:
    """The translations of an entry: one, or one for each plural form."""
    return [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)] if entry.msgid_plural else [entry.msgstr]


# --- The catalogues ---------------------------------------------------------------------------------------------


def test_there_is_an_arabic_catalogue():
    assert LOCALE / "ar" / "LC_MESSAGES" / "django.po" in CATALOGUES


@by_catalogue
def test_every_sentence_of_the_public_side_is_translated(path: Path):
    known = entries(path)
    missing = [
        f"{source.relative_to(ROOT)}: {sentence.words}"
        for source in public_files()
        for sentence in sentences_of(source)
        if sentence not in known or known[sentence].fuzzy or not all(texts(known[sentence]))
    ]
    assert missing == [], "run `make messages` and translate:\n" + "\n".join(missing)


@by_catalogue
def test_a_translation_has_the_placeholders_of_its_sentence(path: Path):
    wrong = []
    for entry in entries(path).values():
        forms = texts(entry)
        if not any(forms):
            continue
        for number, text in enumerate(forms):
            asked = _placeholders(entry.msgid_plural or entry.msgid)
            # "One day" and "two days" are single words in many languages: there the number may be left out.
            may_lack = entry.msgid_plural and number < 3
            given = _placeholders(text)
            if not (given <= asked if may_lack else given == asked):
                wrong.append(f"{entry.msgid!r}: {text!r}")
    assert wrong == []


def _placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}


@by_catalogue
def test_a_counted_sentence_has_every_plural_form_of_its_language(path: Path):
    forms = re.match(r"nplurals=(\d+);", polib.pofile(str(path)).metadata["Plural-Forms"])
    assert forms
    for entry in entries(path).values():
        if entry.msgid_plural and any(texts(entry)):
            assert len(texts(entry)) == int(forms.group(1)), entry.msgid
            assert all(texts(entry)), entry.msgid


@by_catalogue
def test_a_translation_begins_and_ends_like_its_sentence(path: Path):
    for entry in entries(path).values():
        for text in filter(None, texts(entry)):
            assert text == text.strip() or entry.msgid != entry.msgid.strip(), entry.msgid
            if path.parent.parent.name in ENDS_ALIKE:
                assert text.endswith(":") == entry.msgid.endswith(":"), entry.msgid
                assert text.endswith(("?", "؟")) == entry.msgid.endswith("?"), entry.msgid


@by_catalogue
def test_the_compiled_catalogue_is_that_of_the_text(path: Path):
    assert path.with_suffix(".mo").read_bytes() == compiled(path), "run `make messages`"


@by_catalogue
def test_a_catalogue_says_whether_a_speaker_reviewed_it(path: Path):
    assert polib.pofile(str(path)).metadata["X-Reviewed"] in {"yes", "no"}


def test_arabic_counts_in_its_own_forms():
    from django.utils.translation import ngettext

    with translation.override("ar"):
        said = [ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days} for days in (1, 2, 3, 11, 100)]
    assert said == ["بعد يوم واحد", "بعد يومين", "بعد 3 أيام", "بعد 11 يومًا", "بعد 100 يوم"]


def test_what_the_inbox_tells_of_each_step_is_translated():
    told = [row.told for row in REPORT_TRANSITIONS if row.told is not None]
    assert told
    with translation.override("ar"):
        assert [str(sentence) for sentence in told if _has_latin(str(sentence))] == []


@pytest.mark.parametrize("substantiated", [True, False])
def test_the_words_about_the_outcome_are_translated(substantiated: bool):
    with translation.override("ar"):
        words = feedback(substantiated=substantiated, sanctioned=substantiated, is_publishable=True)
    assert not _has_latin(words), words


def test_the_words_about_a_case_without_a_charge_are_translated():
    with translation.override("ar"):
        assert not _has_latin(no_case_to_answer())


def _has_latin(text: str) -> bool:
    return any(letter in ascii_letters for letter in text)


# --- The pages --------------------------------------------------------------------------------------------------


def assert_arabic(response: HttpResponse, *, status: int = 200) -> None:
    """The page is Arabic, runs from right to left, and has no English sentence left."""
    page = response.content.decode()
    assert response.status_code == status, page
    reader = read(page, "ar")
    assert (reader.root.get("lang"), reader.root.get("dir")) == ("ar", "rtl")
    assert foreign_sentences(reader.pieces, allowed=ALLOWED) == []
    assert sum(bool(re.search("[؀-ۿ]", piece)) for piece in reader.pieces) >= 5


def test_the_reader_of_these_tests_finds_an_english_sentence():
    page = (
        '<html lang="ar"><p>Nobody has translated this.</p><p lang="en">This may stay as it is.</p>'
        '<b title="Nor has anybody this">ا</b>'
    )
    found = foreign_sentences(read(page, "ar").pieces, allowed=())
    assert found == ["Nobody has translated this", "Nor has anybody this"]


@pytest.mark.parametrize("address", ["/ar/", "/ar/report/", "/ar/inbox/", "/ar/protection/"])
def test_the_portal_is_arabic(client: Client, world: World, address: str):
    assert_arabic(client.get(address))


def test_the_portal_is_arabic_before_any_rules_are_adopted(client: Client, db: None):
    for address in ("/ar/", "/ar/decisions/", "/ar/rules/", "/ar/code/"):
        assert_arabic(client.get(address))


def test_the_first_page_names_the_promises_in_arabic(client: Client, world: World):
    page = client.get("/ar/").content.decode()
    assert "7 أيام" in page
    assert "3 أشهر" in page


def test_errors_of_the_form_are_arabic(client: Client, world: World):
    page = hidden(client.get("/ar/report/"), "page")
    assert_arabic(client.post("/ar/report/", {"page": page}), status=422)
    too_long = {**REPORT_IN_ARABIC, "when": "ا" * 2_001, "page": page}
    assert_arabic(client.post("/ar/report/", too_long), status=422)


def test_wrong_receipts_are_answered_in_arabic(client: Client, world: World):
    for digits in ("", "1234", "1" * 24):
        assert_arabic(client.post("/ar/inbox/", {"receipt": digits}), status=200)
    assert_arabic(client.post("/ar/inbox/", {"sitting": "over"}), status=403)


def test_the_way_from_the_form_to_the_inbox_is_arabic(client: Client, world: World):
    world.channel.name = "البلاغات"
    world.channel.save()
    page = hidden(client.get("/ar/report/"), "page")
    sent = client.post("/ar/report/", {"page": page, **REPORT_IN_ARABIC})
    assert_arabic(sent)
    receipt = receipt_on(sent)
    assert re.search(r'<ol class="receipt" dir="ltr" translate="no">', sent.content.decode())
    assert_arabic(client.post("/ar/report/receipt/", {"page": page, "receipt": "1" * 24}), status=422)
    assert_arabic(client.post("/ar/report/receipt/", {"page": page, "receipt": receipt}))
    inbox = client.post("/ar/inbox/", {"door": hidden(client.get("/ar/inbox/"), "door"), "receipt": receipt})
    assert_arabic(inbox)
    sitting = {"sitting": hidden(inbox, "sitting")}
    assert_arabic(client.post("/ar/inbox/report/", sitting))
    written = client.post("/ar/inbox/write/", {**sitting, "page": hidden(inbox, "page"), "text": "شكرًا"})
    assert_arabic(written)
    assert_arabic(client.post("/ar/inbox/write/", {**sitting, "page": hidden(written, "page"), "text": ""}), status=422)
    assert_arabic(client.post("/ar/inbox/file/", {**sitting, "file": "99"}))
    assert_arabic(client.post("/ar/inbox/leave/", sitting))
    closed = client.post("/ar/inbox/write/", {**sitting, "page": hidden(written, "page"), "text": "شكرًا"})
    assert_arabic(closed, status=403)


def test_a_receipt_typed_in_arabic_digits_opens_the_inbox(client: Client, world: World):
    page = hidden(client.get("/ar/report/"), "page")
    receipt = receipt_on(client.post("/ar/report/", {"page": page, **REPORT_IN_ARABIC}))
    assert_arabic(
        client.post(
            "/ar/inbox/",
            {
                "door": hidden(client.get("/ar/inbox/"), "door"),
                "receipt": receipt.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
            },
        )
    )


def test_the_saved_receipt_reads_in_one_order(client: Client, world: World):
    page = hidden(client.get("/ar/report/"), "page")
    receipt = receipt_on(client.post("/ar/report/", {"page": page, **REPORT_IN_ARABIC}))
    saved = client.post("/ar/report/receipt/file/", {"page": page}).content.decode("utf-8-sig")
    # Without the mark, groups in an Arabic line are shown from right to left: another receipt.
    assert re.search("[\u0600-\u06ff]: \u200e\\d{4} ", saved)
    english = client.post("/report/receipt/file/", {"page": page}).content.decode("utf-8-sig")
    assert english.strip() == "Receipt: " + " ".join(receipt[start : start + 4] for start in range(0, 24, 4))
    assert_arabic(client.post("/ar/inbox/", {"door": hidden(client.get("/ar/inbox/"), "door"), "receipt": saved}))


def test_the_register_the_rules_and_the_code_are_arabic(client: Client, world: World):
    publish_code(actor=SYSTEM, content=MODEL.read_bytes(), effective_from=date(2026, 1, 1))
    entry = published(world)
    with translation.override("ar"):
        register, feed = reverse("publication:register"), reverse("publication:feed")
        addresses = [
            register,
            f"{register}?gravity=minor",
            reverse("publication:decision", args=[entry.reference]),
            reverse("public_rules:rules"),
            reverse("public_programme:code"),
        ]
    with clock.at(FIRST_DAY_AFTER):
        for address in addresses:
            assert_arabic(client.get(address))
        told = client.get(feed).content.decode()
    assert foreign_sentences(re.findall(r">([^<>]+)<", told), allowed=ALLOWED) == []


def test_errors_are_arabic(client: Client, db: None):
    from integrity.ui import errors

    assert_arabic(client.get("/ar/nothing/here/"), status=404)
    answers: list[tuple[Callable[..., HttpResponse], int]] = [
        (errors.bad_request, 400),
        (errors.permission_denied, 403),
        (errors.csrf_failure, 403),
        (errors.too_large, 413),
        (errors.too_many, 429),
    ]
    with translation.override("ar"):
        for answer, status in answers:
            request = client.get("/ar/").wsgi_request
            translation.activate("ar")
            assert_arabic(answer(request), status=status)
        assert_arabic(errors.server_error(request), status=500)


def test_the_api_answers_in_the_language_that_is_asked_for(client: Client, world: World):
    wrong = {"Authorization": "Receipt 1111 1111 1111 1111 1111 1111"}
    answer = client.get("/api/v1/inbox/", headers={**wrong, "Accept-Language": "ar"})
    assert answer.json() == {"detail": ["لا يوجد بلاغ يُفتح بهذا الإيصال."]}
    assert answer.headers["Content-Language"] == "ar"
    answer = client.get("/api/v1/inbox/", headers=wrong)
    assert answer.json() == {"detail": ["No report opens with this receipt."]}
    refused = client.post("/api/v1/reports/", {}, headers={"Accept-Language": "ar"}).json()
    assert foreign_sentences([sentence for field in refused.values() for sentence in field], allowed=()) == []


# --- What is offered --------------------------------------------------------------------------------------------


@pytest.fixture
def two_catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of catalogues: Portuguese as in Brazil, reviewed; Thai, a draft; Khmer, not compiled."""
    for folder, reviewed in (("pt_BR", "yes"), ("th", "no"), ("km", "no")):
        path = tmp_path / folder / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True)
        catalogue = polib.POFile()
        catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "X-Reviewed": reviewed}
        catalogue.save(str(path))
        if folder != "km":
            path.with_suffix(".mo").write_bytes(compiled(path))
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    return tmp_path


def test_a_language_is_offered_when_its_catalogue_is_compiled(two_catalogues: Path):
    assert catalogues.languages() == ["en", "pt-br", "th"]


def test_the_institution_narrows_and_orders_its_languages(two_catalogues: Path):
    assert catalogues.languages(["th", " EN ", "th"]) == ["th", "en"]
    assert catalogues.languages(["pt-br"]) == ["pt-br"]


def test_a_language_without_a_catalogue_is_refused_by_name(two_catalogues: Path):
    with pytest.raises(catalogues.UnknownLanguage, match="'km'; there are en, pt-br, th"):
        catalogues.languages(["en", "km"])


def test_a_translation_is_a_draft_until_its_catalogue_says_that_it_was_reviewed(two_catalogues: Path):
    assert catalogues.drafts(["en", "pt-br", "th"]) == {"th"}


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"LANGUAGES": "en,xx"}, "LANGUAGES: There is no catalogue for 'xx'; there are {there}."),
        ({"LANGUAGES": "ar"}, "LANGUAGE_CODE is 'en', and LANGUAGES offers only ar."),
        ({"LANGUAGE_CODE": "xx"}, "LANGUAGE_CODE is 'xx', and LANGUAGES offers only {there}."),
    ],
    ids=["unknown", "not the default", "default unknown"],
)
def test_languages_that_cannot_be_offered_refuse_the_start(tmp_path: Path, environment: dict[str, str], sentence: str):
    surroundings = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "DEBUG": "1", **environment}
    result = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    told = sentence.format(there=", ".join(catalogues.languages()))
    assert result.stderr.strip().splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {told}"


def test_a_draft_says_so_on_each_page_and_english_does_not(client: Client, world: World, settings):
    settings.DRAFT_LANGUAGES = frozenset({"ar"})
    with translation.override("ar"):
        notice = translation.gettext(
            "This translation is a draft that no native speaker has checked yet. If something seems unclear, "
            "please compare the English page."
        )
    assert notice in client.get("/ar/").content.decode()
    assert notice in client.get("/ar/nothing/").content.decode()
    assert "draft-language" not in client.get("/").content.decode()
    settings.DRAFT_LANGUAGES = frozenset()
    assert notice not in client.get("/ar/").content.decode()


def test_the_language_is_chosen_by_a_link_in_that_language(client: Client, world: World):
    page = client.get("/ar/protection/").content.decode()
    assert re.search(r'<a href="/protection/" lang="en" hreflang="en">English</a>', page)
    assert re.search(r'<a href="/ar/protection/" lang="ar" hreflang="ar" aria-current="true">العربيّة</a>', page)
