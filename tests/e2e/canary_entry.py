"""Canaries that come in by other ways: entered by an officer, sent by a client, imported; and files that are opened."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from zipfile import ZIP_STORED

from tests.e2e.canary_walk import REPORT, Walk, groups_of, pressed, remember_receipt, report_with
from tests.e2e.web import BOUNDARY, Answer, File, multipart
from tests.intake.importing import zipped
from tests.integrity import inspection_scene

LOOK = re.compile(r'href="(/desk/[^"]+/look/)"')
PICTURE = re.compile(r'<img src="(/desk/[^"]+\.png)"')
KEY = re.compile(r'id="key">([^<]+)<')
DRAFT = re.compile(r'href="(/desk/entry/drafts/[^"/]+/)"')
SOURCE = "earlier-system"


def enter_a_call(walk: Walk) -> tuple[str, str]:
    """What somebody told by telephone, with a slip and a receipt that is handed over; the report and the receipt.

    It waits as a draft in between, with its files; one more is thrown away.
    """
    officer, canaries = walk.at("intake"), walk.canaries
    how = {"origin": "phone", "path": "partner", "concerns": "others", "language": "en", "receipt": []}
    shown = _draft_of_a_call(walk, how)
    gone = officer.submit(
        officer.get(f"{shown.path}throw-away/").form("/throw-away/"), canaries.fill("entry thrown away")
    )
    assert "The draft and its files are gone." in gone.words(), gone.words()
    shown = _draft_of_a_call(walk, how)
    canaries.keep_token(shown.form("/desk/entry/").controls["page"].value)
    for _page in range(5):
        form = shown.form("/desk/entry/")
        given = {name: value for name, value in how.items() if name in form.controls}
        # Files that the page before took are kept under a token, and sent with it again.
        shown = officer.submit(form, canaries.fill("entry"), given)
        if groups_of(shown):
            break
    receipt = groups_of(shown)
    assert receipt, shown.words()
    remember_receipt(canaries, "".join(receipt))
    slip = officer.submit(shown.form("/slip/"), canaries.fill("entry slip"))
    assert groups_of(slip) == receipt, slip.words()
    handed = officer.submit(shown.form("/handed-over/"), canaries.fill("entry handed over"))
    assert not groups_of(handed), handed.words()
    # What leads away stands there only once the receipt was handed over.
    found = REPORT.search(handed.text)
    assert found, handed.words()
    return found[1], " ".join(receipt)


def _draft_of_a_call(walk: Walk, how: dict[str, Any]) -> Answer:
    """What was told so far, saved for later; the page that goes on with it."""
    officer, canaries = walk.at("intake"), walk.canaries
    shown = officer.get("/desk/entry/")
    canaries.keep_token(shown.form("/desk/entry/").controls["page"].value)
    form = shown.form("/desk/entry/")
    given = {name: value for name, value in how.items() if name in form.controls}
    shown = officer.submit(form, canaries.fill("entry begun"), {**given, "received_on": ""})
    form = pressed(shown.form("/desk/entry/"), "go")
    given = {name: value for name, value in how.items() if name in form.controls}
    listed = officer.submit(form, canaries.fill("entry draft"), {**given, "go": "later"})
    found = DRAFT.findall(listed.text)
    assert found, listed.words()
    going_on = officer.get(found[0])
    assert canaries.mark in going_on.text, going_on.words()
    canaries.keep_token(going_on.form("/desk/entry/").controls["files-kept"].value)
    return going_on


def import_a_batch(walk: Walk) -> None:
    """A table with a fault in it, then one without, and the files that it names: looked at, and imported."""
    officer, canaries = walk.at("intake"), walk.canaries
    names = [f"{canaries.word('import member name')}.txt" for _path in range(3)]
    files = {name: " ".join([canaries.word("import member content")] * 40).encode() for name in names}
    for paths in (("public", canaries.word("import path")), ("public", "public")):
        page = walk.confirmed("intake", "/desk/entry/import/")
        # Stored, so that the canaries are in the ZIP file as they are.
        archive = File(f"{canaries.word('import archive name')}.zip", zipped(files, ZIP_STORED))
        given = {"source": SOURCE, "table": _table(walk, paths, names), "files": archive}
        looked = officer.submit(pressed(page.form(), "do"), canaries.fill("import"), {**given, "do": "look"})
        assert looked.status in {200, 422}, looked.words()
    form = looked.form("/desk/entry/import/")
    for kept in ("table-kept", "files-kept"):
        canaries.keep_token(form.controls[kept].value)
    done = officer.submit(pressed(form, "do"), canaries.fill("import"), {"do": "import", "leave_out": ["on"]})
    assert "2 reports were made. 2 files are with them." in done.words(), done.words()


def _table(walk: Walk, paths: tuple[str, ...], names: list[str]) -> File:
    """A table with a report for each path and the file that it names, and canaries wherever words go."""
    canaries, written = walk.canaries, io.StringIO()
    words = ("reference", "what", "when", "where", "who", "name", "contact")
    known = {"received_on": canaries.day, "concerns": "others", "language": "en"}
    table = csv.DictWriter(written, [*words, *known, "path", "files"])
    table.writeheader()
    for path, file in zip(paths, names, strict=False):
        told = {name: canaries.word(f"import {name}") for name in words}
        table.writerow({**told, **known, "path": path, "files": file})
    return File(f"{canaries.word('import file name')}.csv", written.getvalue().encode())


def report_as_a_client(walk: Walk) -> str:
    """A hotline provider gets a key and sends a report with files that hide details; the report."""
    keeper, canaries = walk.at("programme"), walk.canaries
    page = walk.confirmed("programme", "/desk/clients/new/")
    given = {"name": "Hotline", "per_minute": "30", "channels": [], "origin": "phone"}
    made = keeper.submit(page.form(), canaries.fill("client"), given)
    key = KEY.search(made.text)
    assert key, made.words()
    canaries.secrets |= {key[1], key[1].rpartition("_")[2]}
    # A canary of its own: it is in every detail that these files hide.
    canaries.secrets.add(inspection_scene.CANARY)
    contents = {
        "jpg": inspection_scene.photo(),
        "docx": inspection_scene.docx(),
        "pdf": inspection_scene.pdf(),
        "txt": " ".join([canaries.word("client file content")] * 40).encode(),
    }
    told = {name: canaries.word(f"client {name}") for name in ("what", "when", "where", "who", "name", "contact")}
    told |= {"path": "public", "concerns": "others"}
    files = [
        ("files", File(f"{canaries.word('client file name')}.{ending}", each)) for ending, each in contents.items()
    ]
    body, kind = multipart([*told.items(), *files]), f"multipart/form-data; boundary={BOUNDARY}"
    refused = walk.stranger().post(
        "/api/v1/reports/", body, kind, Authorization=f"Client {canaries.word('client wrong key')}"
    )
    assert refused.status == 401, refused.text
    sent = walk.stranger().post("/api/v1/reports/", body, kind, Authorization=f"Client {key[1]}")
    assert sent.status == 201, sent.text
    remember_receipt(canaries, str(json.loads(sent.text)["receipt"]))
    return report_with(walk, told["what"])


def look_at_files(walk: Walk, report: str) -> None:
    """Every file of a report: its preview, its pictures, a cleaned copy, and both downloads."""
    officer = walk.at("intake")
    looks = list(dict.fromkeys(LOOK.findall(officer.get(f"/desk/reports/{report}/").text)))
    cleaned, drawn, read = 0, 0, 0
    assert len(looks) == 4, looks
    for address in looks:
        page = officer.get(address)
        assert walk.canaries.mark in page.text, page.words()
        read += walk.canaries.mark in page.text.partition('class="file-text"')[2]
        for picture in PICTURE.findall(page.text):
            assert officer.get(picture).status == 200
            drawn += 1
        if any(form.action.endswith("/clean/") for form in page.forms()):
            page = officer.submit(page.form("/clean/"), walk.canaries.fill("file cleaned"))
            assert "A cleaned copy was made" in page.text, page.words()
            copy = officer.get(address.replace("/look/", "/cleaned/"))
            assert copy.status == 200
            assert inspection_scene.CANARY.encode() not in copy.body
            cleaned += 1
        assert officer.get(address.removesuffix("look/")).status == 200
    assert (cleaned >= 2, drawn >= 2, read) == (True, True, 1), (cleaned, drawn, read)


def search_for_somebody(walk: Walk) -> Answer:
    """A word that is searched for among the people; it is in the entry's private part alone."""
    found = walk.at("admin").get(f"/desk/people/?search={walk.canaries.word('people search')}")
    assert found.status == 200, found.words()
    return found
