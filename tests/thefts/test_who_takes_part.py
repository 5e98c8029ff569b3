"""Thefts by people of the institution: everything still, and what their own keys and papers open."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from uuid import UUID

import pytest

from integrity.recovery.words import DoNotFit, Words, combine, read
from tests.thefts.institution import Institution
from tests.thefts.known import Known
from tests.thefts.loot import Loot, spelled
from tests.thefts.scene import CASES, REPORTS
from tests.thefts.thief import Opened, Thief

OF_CASES = {f"report of {name}" for name in CASES}
BY_THE_OFFICE = {f"report {name}" for name in REPORTS if name != "independent"} | OF_CASES
WITH_AUTHORITY = ("decided", "appealed", "closed", "published")
INVESTIGATED = ("investigating", *WITH_AUTHORITY)
SUPERVISED = ("opened", "left", *INVESTIGATED)
APPEAL = {"appeal appealed"}
REQUEST = {"request in investigating"}


def files_of(*cases: str) -> set[str]:
    """The matters of these cases and of the reports joined to them."""
    return {f"case {name}" for name in cases} | {f"report of {name}" for name in cases}


# Who → the matters whose content their keys open, as the institution gave them. Everybody opens what is sealed to
# themselves alone besides: "person …", such as why somebody asked for a recovery.
EXPECTED: dict[str, set[str]] = {
    "intake": BY_THE_OFFICE,
    "triage": BY_THE_OFFICE | files_of(*CASES) | APPEAL,
    "triage2": BY_THE_OFFICE | {"report independent"},
    "investigator": files_of(*INVESTIGATED) | APPEAL | REQUEST,
    "investigator2": files_of("other"),
    "supervisor": files_of(*SUPERVISED) | APPEAL,
    "supervisor2": set(),
    "supervisor2, before": files_of("other", "appealed") | APPEAL,
    "authority": files_of(*WITH_AUTHORITY) | APPEAL,
    "board1": APPEAL,
    "board2": APPEAL,
    "board3": APPEAL,
    "editor": {"publication"},
    "approver": {"publication"},
    "identity": {"identity"} | REQUEST,
    "authority2": REQUEST,
    "auditor": {"audit"},
    "protection": {"detriment", "protection"},
    **{name: set() for name in ("council", "manager", "programme", "admin")},
    **{name: set() for name in ("custodian1", "custodian2", "custodian3", "custodian4")},
}
EVERYTHING = (
    BY_THE_OFFICE
    | {"report independent", "identity", "publication", "audit", "detriment", "protection"}
    | files_of(*CASES)
    | APPEAL
    | REQUEST
)


def matters(opened: Opened, thief: Thief, known: Known) -> set[str]:
    """What the opened content belongs to."""
    return {known.matters[str(thief.sealed[where].key)] for where in opened.content}


def opens(thief: Thief, known: Known, *usernames: str) -> set[str]:
    """The matters that these people together open, with all that lies in the loot, without what is theirs alone."""
    opened = thief.everything_opened_by(*(bytes.fromhex(known.people[name]) for name in usernames))
    own = {f"person {name.partition(',')[0]}" for name in usernames} | {"person before"}
    return matters(opened, thief, known) - own


def test_the_table_speaks_of_everybody_and_of_every_matter(known: Known) -> None:
    """A new role or a new kind of key is not forgotten here."""
    assert set(known.people) == set(EXPECTED)
    own = {matter for matter in known.all_matters() if matter.partition(" ")[0] in {"person", "reporter"}}
    assert known.all_matters() - own - {"recovery"} == EVERYTHING


@pytest.mark.parametrize("username", EXPECTED)
def test_each_opens_exactly_what_they_were_given(username: str, with_settings: Loot, known: Known) -> None:
    """Row: One investigator alone. Exactly the cases they are a member of, with reports and conversations; and …

    Row: One triage or intake officer. … the reports of their channels, and the cases that they opened.
    Row: One supervisor or deciding authority. … the cases they are a member of.
    Row: The identity custodian. … identities, with the requests for them, and nothing else.
    Row: The second person. … one request.
    Row: One board member. … the appeal's record and papers.
    Row: One editor or approver. … the coded fields of entries.
    Row: The protection officer. … reports of detriment, and who is kept out of them.
    Row: The auditor. … what was typed in failed sign-ins; managers and programme officers open nothing.
    """
    thief = Thief(with_settings)
    assert opens(thief, known, username) == EXPECTED[username]
    opened = thief.everything_opened_by(bytes.fromhex(known.people[username]))
    files = {name for name in known.files if f"vault_storedfile/file_key/{name}" in opened.values}
    assert set(opened.files) == files


def test_every_file_and_value_of_a_case_opens_for_its_members(with_settings: Loot, known: Known) -> None:
    """The other half: members open all of it, so that what the others do not open means something."""
    thief = Thief(with_settings)
    opened = thief.everything_opened_by(bytes.fromhex(known.people["investigator"]))
    for where, value in thief.sealed.items():
        if known.matters[str(value.key)] in EXPECTED["investigator"]:
            assert where in opened.values, where
    assert len(opened.files) >= len(INVESTIGATED)


def test_a_released_identity_is_with_the_one_person_who_asked(with_settings: Loot, known: Known) -> None:
    """Of all the names, an investigator opens the one that was released to them; the second person opens none."""
    thief = Thief(with_settings)
    names = {
        where.rpartition("/")[2]: json.loads(text) for where, text in known.written.items() if "/identity/" in where
    }
    assert len(names) > 10
    reports = {str(spelled(row["id"])): row["reference"] for row in with_settings.tables["portal_report"]}
    asked_for = known.references["report of investigating"]
    for username, seen in (("investigator", {asked_for}), ("authority2", set()), ("supervisor", set())):
        opened = thief.everything_opened_by(bytes.fromhex(known.people[username]))
        told = b"\n".join([*opened.content.values(), *opened.inner.values()])
        assert {reports[report] for report, name in names.items() if name.encode() in told} == seen, username


def test_what_an_officer_began_to_enter_is_with_that_officer_alone(with_settings: Loot, known: Known) -> None:
    """Row: One triage or intake officer. … what they began to enter, and nobody else does."""
    thief = Thief(with_settings)
    drafts = {where for where in thief.sealed if where.startswith("entry_entrydraft/content/")}
    assert len(drafts) == 2
    for username, seed in known.people.items():
        opened = thief.everything_opened_by(bytes.fromhex(seed))
        assert drafts & set(opened.values) == (drafts if username == "intake" else set()), username


def test_whoever_left_a_case_opens_nothing_of_it(with_settings: Loot, known: Known) -> None:
    """Investigator2 was on the case "left" and declared a conflict: neither older nor later words open."""
    assert not opens(Thief(with_settings), known, "investigator2") & files_of("left")


def test_an_old_passphrase_opens_what_still_waits_to_be_given_again(with_settings: Loot, known: Known) -> None:
    """Supervisor2 made a new key; until everything is given again, the old one still opens, as people.md says."""
    thief = Thief(with_settings)
    assert opens(thief, known, "supervisor2, before") == EXPECTED["supervisor2, before"]
    assert opens(thief, known, "supervisor2") == set()


def test_one_administrator_opens_nothing(with_settings: Loot, known: Known) -> None:
    """Row: … and one administrator. Their key is theirs by passphrase; a second factor would not be asked of a dump."""
    thief = Thief(with_settings)
    assert thief.try_passphrase(known.passphrases["admin"], "admin") == bytes.fromhex(known.people["admin"])
    assert opens(thief, known, "admin") == set()


def test_a_link_meant_for_somebody_else_gives_what_is_sealed_later_and_nothing_older(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: … and one administrator. They use the link for triage2's new key, which the log and that person are told."""
    taken = json.loads(
        copy.run("-m", "tests.thefts.afterwards", "follow", known.tokens["new-key link"], "my own words")
    )
    assert taken["username"] == "triage2"
    seed = bytes.fromhex(taken["seed"])
    assert not Thief(steal(copy)).everything_opened_by(seed).content
    sent = json.loads(copy.run("-m", "tests.thefts.afterwards", "report", "Told afterwards."))["report"]
    loot = steal(copy)
    assert set(Thief(loot).everything_opened_by(seed).content) == {f"portal_report/answers/{sent}"}
    # On PostgreSQL the latest may wait for their index still; they are in the dump all the same.
    rows = [*loot.tables["audit_log_entry"], *loot.tables.get("audit_log_waiting", [])]
    entries = [json.loads(bytes(row["leaf"])) for row in rows]
    person = next(row for row in loot.tables["people_user"] if row["username"] == "triage2")
    assert ("people.key_made", f"person/{UUID(str(person['id']))}") in {
        (each["type"], each["object"]) for each in entries
    }
    told = [row["kind"] for row in loot.tables["people_personevent"] if row["person_id"] == person["id"]]
    assert {"new_key_invited", "new_key_made"} <= set(told)
    again = copy.run("-m", "tests.thefts.afterwards", "follow", known.tokens["new-key link"], "twice")
    assert json.loads(again) == {"username": ""}, "a link works once"


def test_an_investigator_adds_their_own_cases(with_settings: Loot, known: Known) -> None:
    """Row: … and one investigator. With the administrator, and with all that lies still."""
    thief = Thief(with_settings)
    assert opens(thief, known, "admin", "investigator") == EXPECTED["investigator"]
    assert opens(thief, known, "admin", "investigator2") == EXPECTED["investigator2"]


@pytest.mark.parametrize("custodian", ["custodian1", "custodian2", "custodian3"])
def test_one_sheet_of_two_adds_nothing(custodian: str, with_settings: Loot, known: Known) -> None:
    """Row: … and m − 1 custodians. With every file and row, another sitting open, and new words being handed out."""
    thief = Thief(with_settings)
    thieves = ("admin", "investigator", custodian)
    assert opens(thief, known, *thieves) == EXPECTED["investigator"]
    opened = thief.everything_opened_by(*(bytes.fromhex(known.people[name]) for name in thieves))
    sheets = [read(known.sheets[custodian]), *waiting_words(opened)]
    secrets = [secret for count in (1, 2) for some in itertools.product(sheets, repeat=count) if (secret := put(*some))]
    assert not secrets
    texts = [words.text.encode()[:32] for words in sheets]
    assert not [found for text in texts for found in thief.unwrapped_by(text)]
    assert len(with_settings.tables["recovery_laidshare"]) == 1, "another custodian's words lie on the table"


def test_m_custodians_open_everything_that_was_made_since_the_ceremony(with_settings: Loot, known: Known) -> None:
    """Row: m recovery custodians. Any two of three. The editor and the auditor covered the older keys of the
    register and of private parts; the custodian of identities did not cover theirs.
    """
    thief = Thief(with_settings)
    for pair in itertools.combinations(sorted(known.sheets), 2):
        seed = put(*(read(known.sheets[name]) for name in pair))
        assert seed is not None
        assert matters(thief.everything_opened_by(seed), thief, known) == EVERYTHING - {"identity"}


def test_the_words_of_a_running_ceremony_give_the_next_key_to_those_who_have_the_custodians_keys(
    with_settings: Loot, known: Known
) -> None:
    """Row: m recovery custodians. Why no backup is made between confirming and typing back: words lie sealed."""
    thief = Thief(with_settings)
    names = ("custodian2", "custodian3")
    opened = thief.everything_opened_by(*(bytes.fromhex(known.people[name]) for name in names))
    words = waiting_words(opened)
    seed = put(*words)
    assert len(words) == 2
    assert seed is not None
    assert matters(thief.everything_opened_by(seed), thief, known) == set(), (
        "nothing is given to it before it is in force"
    )


def waiting_words(opened: Opened) -> list[Words]:
    """Sheets that wait in the database for a custodian whose key was opened."""
    found = [value for where, value in opened.values.items() if where.startswith("recovery_custodian/words/")]
    return [read(json.loads(value)) for value in found]


def put(*sheets: Words) -> bytes | None:
    """What these sheets give together, if anything."""
    try:
        return combine(sheets)
    except DoNotFit:
        return None
