"""Thefts of what lies still: the database, then the file store too, then the settings too."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audit.examination import examine
from integrity.vault.seal import CannotOpen, Place, PrivateKey, PublicKey, Sealed, open_sealed, seal
from tests.e2e.canaries import Canaries
from tests.thefts.institution import Institution
from tests.thefts.known import Known
from tests.thefts.loot import Loot, triggers_of
from tests.thefts.thief import GRANTS, Thief

WRONG_GUESSES = ("password", "correct horse battery staple", "letmein2026", "Passw0rd!", "integrity", "admin", "")
INSTEAD = "The officer asked politely for a receipt and nothing else."


def everything_that_must_not_be_found(known: Known) -> Canaries:
    """Words, receipts, cookies, links, codes and private keys, in every shape."""
    wanted = Canaries("", mark=known.mark)
    wanted.secrets = {*known.prose, *known.tokens.values(), *known.passphrases.values(), *known.sheets.values()}
    wanted.secrets |= {code for name, codes in known.tokens.items() if "codes" in name for code in codes.split()}
    wanted.secrets -= {cookie for name, cookie in known.tokens.items() if name.startswith("session of")}
    wanted.keys = {bytes.fromhex(seed) for seed in known.seeds}
    return wanted


def digests_in_log(loot: Loot) -> dict[str, str]:
    """Place with its version → SHA-256 of what was stored there, as the log's entries tell it."""
    told: dict[str, str] = {}
    for row in loot.tables["audit_log_entry"]:
        told |= json.loads(bytes(row["leaf"]))["facts"].get("sealed", {})
    return told


def test_the_thief_finds_every_sealed_value_there_is(dump: Loot, known: Known) -> None:
    """Otherwise what follows would prove nothing: no sealed value, of whatever model, escapes the search."""
    assert set(Thief(dump).sealed) == set(known.sealed)
    assert {"people_user", "vault_grant", "portal_message", "appeals_opinion"} <= {cell.table for cell in dump.cells()}
    assert len(known.seeds) > 50
    assert len(known.prose) > 100


def test_no_word_no_receipt_and_no_key_is_in_the_dump(dump: Loot, known: Known) -> None:
    """Row: Database dump."""
    assert everything_that_must_not_be_found(known).found_in(dump.dump) == []


def test_nothing_in_the_dump_opens_anything_in_it(dump: Loot) -> None:
    """Row: Database dump. Every string of a key's length is used as every kind of key."""
    assert not Thief(dump).everything_opened_by_guessing()


def test_a_key_that_lies_about_would_be_found(dump: Loot, known: Known) -> None:
    """The search itself works: a private key left in any column, in any of three spellings, is found and used."""
    names = ("investigator2", "editor", "identity")
    seeds = [bytes.fromhex(known.people[name]) for name in names]
    first, second = dump.tables["people_office"][:2]
    first["region"], second["region"], second["name"] = seeds[0], seeds[1].hex(), b"\xff" + seeds[2] * 2
    found = Thief(dump).everything_opened_by_guessing()
    assert found == Thief(dump).everything_opened_by(*seeds)
    assert found.content


@pytest.mark.parametrize("username", ["investigator", "identity", "newcomer"])
def test_wrong_passphrases_open_no_account_and_the_right_one_opens_what_the_person_opens(
    username: str, dump: Loot, known: Known
) -> None:
    """Row: Database dump. The honest half: who guesses a passphrase is that person, with no second factor asked.

    What a second factor is checked against is sealed to the person's own key, so the passphrase opens it as well.
    """
    thief = Thief(dump)
    assert [guess for guess in WRONG_GUESSES if thief.try_passphrase(guess, username) is not None] == []
    right = known.passphrases.get(username)
    if right is None:
        return
    seed = thief.try_passphrase(right, username)
    assert seed == bytes.fromhex(known.people[username])
    codes = known.tokens[f"recovery codes of {username}"].split()
    opened = thief.everything_opened_by(seed)
    assert [where for where, value in opened.content.items() if all(code.encode() in value for code in codes)]


def test_what_browsers_and_pages_hold_opens_what_is_open_and_nothing_opens_without_it(dump: Loot, known: Known) -> None:
    """Row: Database dump. Sittings and inboxes are open at this moment; their other halves are not in the dump."""
    thief = Thief(dump)
    assert len(dump.tables["people_sitting"]) >= 5
    assert len(dump.tables["portal_inboxsitting"]) == 1
    for name in ("sitting of investigator", "inbox"):
        (seed,) = set(thief.unwrapped_by(_decoded(known.tokens[name])))
        assert thief.everything_opened_by(seed).content, "the control: with the cookie, or the page, it opens"


def test_the_link_of_an_invitation_cannot_be_made_from_its_row(dump: Loot, known: Known) -> None:
    """Row: Database dump. Rows hold a hash of 256 random bits, and the links that are open lead nowhere yet."""
    rows = [bytes(row["token_hash"]) for row in dump.tables["people_invitation"] if row["ended_at"] is None]
    assert len(rows) == 2
    for link in ("first link", "new-key link"):
        assert hashlib.sha256(b"integrity invitation v1\0" + known.tokens[link].encode()).digest() in rows
        assert len(_decoded(known.tokens[link])) == 32


def test_files_are_ciphertext_without_names(with_files: Loot, known: Known) -> None:
    """Row: … and the file store."""
    thief = Thief(with_files)
    assert set(known.files) <= set(with_files.files)
    assert everything_that_must_not_be_found(known).found_in(b"\n".join(with_files.files.values())) == []
    assert not thief.everything_opened_by_guessing()
    opened = thief.everything_opened_by(*map(bytes.fromhex, known.people.values()))
    assert {name: hashlib.sha256(content).hexdigest() for name, content in opened.files.items()} == known.files


def test_no_setting_opens_anything(with_settings: Loot) -> None:
    """Row: … and the settings. Pepper, SECRET_KEY and the log's key, tried as keys and as passphrases."""
    assert {"secret_key", "receipt_pepper", "log.key"} <= set(with_settings.settings)
    thief = Thief(with_settings)
    assert not thief.everything_opened_by_guessing()
    texts = {content.decode() for content in with_settings.settings.values()}
    people = [row["username"] for row in with_settings.tables["people_user"]]
    assert not [name for name in people for text in texts if thief.try_passphrase(text, name)]


def test_the_pepper_allows_guesses_at_receipts_of_which_there_are_too_many(with_settings: Loot, known: Known) -> None:
    """Row: … and the settings. The guess is made as the program makes it, and finds what is right and nothing else."""
    lookups = {bytes(row["lookup"]) for row in with_settings.tables["portal_report"]}
    pepper = with_settings.settings["receipt_pepper"]
    receipts = {value for name, value in known.tokens.items() if name.startswith("receipt of")}
    assert {_lookup(receipt, pepper) for receipt in receipts} == lookups
    near = {f"{int(receipt) + step:024d}" for receipt in receipts for step in (-1, 1)}
    usual = {f"{number:024d}" for number in range(20)} | {"1234" * 6, "0123456789" * 2 + "0123"}
    assert not {_lookup(guess, pepper) for guess in near | usual} & lookups
    assert {len(receipt) for receipt in receipts} == {24}


def test_changed_and_moved_ciphertext_opens_for_nobody(with_settings: Loot, known: Known) -> None:
    """Row: … and the settings. With the database's password rows can be changed; their owners notice."""
    thief = Thief(with_settings)
    opened = thief.everything_opened_by(*map(bytes.fromhex, known.people.values()))
    by_column: dict[str, list[str]] = {}
    for where in sorted(opened.values):
        by_column.setdefault(where.rpartition("/")[0], []).append(where)
        value = thief.sealed[where]
        flipped = value.value[:-1] + bytes([value.value[-1] ^ 1])
        with pytest.raises(CannotOpen):
            open_sealed(flipped, key=opened.keys[value.key], place=Place(*where.split("/"), version=value.version))
    for places in by_column.values():
        for here, there in itertools.pairwise(places):
            value = thief.sealed[there]
            with pytest.raises(CannotOpen):
                open_sealed(
                    value.value, key=opened.keys[value.key], place=Place(*here.split("/"), version=value.version)
                )


def test_what_the_thief_seals_instead_opens_but_has_not_the_digest_in_the_log(
    with_settings: Loot, known: Known
) -> None:
    """Row: … and the settings. Sealing needs no secret, so a forged value opens; the log knows what was written."""
    told, thief = digests_in_log(with_settings), Thief(with_settings)
    for where, value in thief.sealed.items():
        assert told[f"{where}/{value.version}"] == hashlib.sha256(value.to_bytes()).hexdigest(), where
    publics = {UUID(str(row["id"])): bytes(row["public"]) for row in with_settings.tables["vault_key"]}
    where = next(each for each in thief.sealed if each.startswith("portal_report/answers/"))
    true = thief.sealed[where]
    place = Place(*where.split("/"), version=true.version)
    forged = Sealed(
        true.key, true.version, seal(json.dumps(INSTEAD).encode(), to=PublicKey(publics[true.key]), place=place)
    )
    thief.sealed[where] = forged
    opened = thief.everything_opened_by(*map(bytes.fromhex, known.people.values()))
    assert json.loads(opened.values[where]) == INSTEAD
    assert hashlib.sha256(forged.to_bytes()).hexdigest() not in told.values()


def test_a_public_key_put_in_anothers_place_opens_what_is_sealed_later_and_shows_in_the_log(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: … and the settings. The strongest thing to do with the database's password, and its limit."""
    mine = PrivateKey.generate()
    recipient = PrivateKey(bytes.fromhex(known.people["intake"])).public.raw
    assert copy.change("UPDATE vault_key SET public = %s WHERE public = %s", mine.public.raw, recipient) == 1
    sent = json.loads(copy.run("-m", "tests.thefts.afterwards", "report", "What is told after the theft."))["report"]
    loot = steal(copy)
    thief = Thief(loot)
    # What was granted to the true key before does not open with mine; only what was sealed to mine is tried.
    held = {UUID(str(row["id"])) for row in loot.tables["vault_key"] if bytes(row["public"]) == mine.public.raw}
    old = {where for where, value in thief.sealed.items() if value.key in held and where in known.sealed}
    for where in old:
        value = thief.sealed.pop(where)
        with pytest.raises(CannotOpen):
            open_sealed(value.value, key=mine, place=Place(*where.split("/"), version=value.version))
    opened = thief.everything_opened_by(mine.seed)
    assert set(opened.content) == {f"portal_report/answers/{sent}"}
    told = digests_in_log(loot)
    (key,) = held
    assert told[f"vault_key/public/{key}/1"] != hashlib.sha256(mine.public.raw).hexdigest()


def test_a_log_rewritten_and_signed_with_the_real_key_is_shown_by_an_earlier_export(
    copy: Institution, tmp_path: Path
) -> None:
    """Row: … and the settings. The forged log is good by itself; the checkpoint that left the house is not in it."""
    copy.run("manage.py", "audit", "export", str(tmp_path / "earlier"))
    assert examine(tmp_path / "earlier").problems == []
    _rewrite_the_log(copy)
    copy.run("manage.py", "audit", "integrate")
    copy.run("manage.py", "audit", "export", str(tmp_path / "forged"))
    assert examine(tmp_path / "forged").problems == [], "the thief has the key, so nothing inside contradicts"
    earlier = (tmp_path / "earlier" / "checkpoint").read_bytes()
    kept = tmp_path / "forged" / "checkpoints"
    kept.mkdir(exist_ok=True)
    (kept / earlier.splitlines()[1].decode()).write_bytes(earlier)
    assert [problem for problem in examine(tmp_path / "forged").problems if problem.index is not None]


def test_grants_are_the_only_way_from_key_to_key(dump: Loot, known: Known) -> None:
    """Nobody's private key is in the loot but inside grants, which are sealed themselves."""
    thief = Thief(dump)
    assert {where for where in thief.sealed if known.written[where] in known.seeds} == {
        where for where in thief.sealed if where.startswith(GRANTS)
    }


def _rewrite_the_log(of: Institution) -> None:
    """Take an entry away as if it had never been, and everything that was ever signed.

    Triggers stand in the way of everybody but the database's owner, who takes them away and puts them back.
    """
    triggers = triggers_of(of.database, of.folder)
    for name, table, _statement in triggers:
        of.change(f'DROP TRIGGER "{name}"' if not of.database else f'DROP TRIGGER "{name}" ON {table}')
    leaf = b'{"actor":"system","facts":{},"object":"office/1","time":"2020-01-01","type":"people.office_made","v":1}'
    leaf_hash = hashlib.sha256(b"\0" + leaf).digest()
    assert of.change('UPDATE audit_log_entry SET leaf = %s, leaf_hash = %s WHERE "index" = 40', leaf, leaf_hash) == 1
    for table in ("audit_log_tile", "audit_log_checkpoint"):
        of.change(f"DELETE FROM {table}")
    for name, table, statement in triggers:
        of.change(statement)
        if of.database:
            of.change(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{name}"')
    (of.folder / "log.high-water").unlink()


def _decoded(token: str) -> bytes:
    text = token.strip('"').rstrip("=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _lookup(receipt: str, pepper: bytes) -> bytes:
    """As docs/formats.md says, at the cost that this institution was set up with."""
    salt = HKDF(hashes.SHA256(), 32, salt=None, info=b"integrity receipt salt v1").derive(pepper)
    return Argon2id(salt=salt, length=64, iterations=1, lanes=1, memory_cost=64).derive(receipt.encode())[:32]
