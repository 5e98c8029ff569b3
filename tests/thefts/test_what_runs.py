"""Thefts from what runs: forged cookies at the desk, the portal's host, a web process whose memory is read."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing

from integrity.vault.seal import PrivateKey
from tests.thefts.institution import Host, Institution
from tests.thefts.known import Known
from tests.thefts.loot import Loot
from tests.thefts.thief import Thief

DESK_PAGES = ("/desk/", "/desk/cases/", "/desk/me/", "/desk/people/", "/desk/identities/", "/desk/register/")


class Stay(HTTPRedirectHandler):
    """Redirects are told and not followed."""

    def redirect_request(self, *arguments: object) -> None:
        """Nowhere."""


def ask(
    host: Host, path: str, cookies: dict[str, str] | None = None, form: dict[str, str] | None = None
) -> tuple[int, str]:
    """Status and page."""
    request = Request(f"{host.url}{path}", data=urlencode(form).encode() if form else None)  # noqa: S310
    if cookies:
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))
    try:
        with build_opener(Stay).open(request) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as answer:
        return answer.code, answer.read().decode()


def pages(known: Known) -> list[str]:
    """Where content would be."""
    kinds = {"case": "cases", "report": "reports"}
    return [
        *DESK_PAGES,
        *(f"/desk/{kinds[matter.split()[0]]}/{reference}/" for matter, reference in known.references.items()),
    ]


def forged_session(of: Institution, loot: Loot, person: dict[str, object], sitting: str) -> str:
    """A row in the table of sessions, signed with the real SECRET_KEY; the cookie that goes with it."""
    secret = loot.settings["secret_key"].decode()
    bound = hashlib.sha256(b"integrity.people.User" + secret.encode()).digest()
    held = UUID(str(person["key_id"])) if person["key_id"] else None
    told = {
        "_auth_user_id": str(UUID(str(person["id"]))),
        "_auth_user_backend": "integrity.people.backend.KeyBackend",
        "_auth_user_hash": hmac.new(bound, f"{UUID(str(person['id']))}/{held}".encode(), "sha256").hexdigest(),
        "sitting": sitting,
    }
    salt = "django.contrib.sessions.SessionStore"
    data = signing.dumps(told, key=secret, salt=salt, serializer=JSONSerializer, compress=True)
    name = uuid4().hex
    statement = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, %s)"
    assert of.change(statement, name, data, "2099-01-01 00:00:00+00:00") == 1
    return name


def test_a_session_forged_for_everybody_shows_no_page_of_the_desk(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: … and the settings. With SECRET_KEY and the database's password a session can be made; a sitting cannot."""
    loot = steal(copy)
    people = {str(row["username"]): row for row in loot.tables["people_user"]}
    sittings = {str(row["person_id"]): str(UUID(str(row["id"]))) for row in loot.tables["people_sitting"]}
    invented = signing.b64_encode(bytes(32)).decode() + "="
    with copy.served("desk") as host:
        true = {"desk": known.tokens["session of investigator"], "sitting": known.tokens["sitting of investigator"]}
        path = f"/desk/cases/{known.references['case investigating']}/"
        status, page = ask(host, path, true)
        assert (status, known.mark in page) == (200, True), "the control: with the real cookies there is content"
        forged = forged_session(copy, loot, people["investigator"], sittings[str(people["investigator"]["id"])])
        assert ask(host, path, {**true, "desk": forged})[0] == 200, "the control: the forged session itself is good"
        for person in people.values():
            forged = forged_session(copy, loot, person, sittings.get(str(person["id"]), str(uuid4())))
            for cookies in ({"desk": forged}, {"desk": forged, "sitting": invented}):
                for path in pages(known):
                    status, page = ask(host, path, cookies)
                    assert (status, known.mark in page) == (302, False), (person["username"], path)


def test_a_sitting_with_a_key_of_the_thiefs_own_opens_no_content(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: … and the settings. Even with a whole forged sitting in the tables, the key in it is not the person's."""
    loot, mine, secret = steal(copy), PrivateKey.generate(), bytes(range(32))
    person = next(row for row in loot.tables["people_user"] if row["username"] == "investigator")
    sitting = next(row for row in loot.tables["people_sitting"] if row["person_id"] == person["id"])
    identifier = UUID(str(sitting["id"]))
    key = HKDF(hashes.SHA256(), 32, salt=identifier.bytes, info=b"integrity sitting v1").derive(secret)
    nonce, owner = bytes(12), UUID(str(person["id"])).bytes
    wrapped = nonce + AESGCM(key).encrypt(nonce, mine.seed, owner)
    cookies = {
        "desk": forged_session(copy, loot, person, str(identifier)),
        "sitting": signing.b64_encode(secret).decode() + "=",
    }
    assert copy.change("UPDATE people_sitting SET wrapped = %s WHERE id = %s", wrapped, sitting["id"]) == 1
    with copy.served("desk") as host:
        for path in pages(known):
            assert known.mark not in ask(host, path, cookies)[1], path


def found_in_memory(host: Host, of: Institution, known: Known) -> tuple[set[str], list[str]]:
    """Private keys of the institution, in hexadecimal, and sealed texts, that lie in a process's memory."""
    memory = host.memory()
    assert (of.folder / "keys" / "receipt_pepper").read_bytes().strip() in memory, "it could not be read"
    seeds = {seed for seed in known.seeds if bytes.fromhex(seed) in memory or seed.encode() in memory}
    return seeds, [text for text in known.prose if known.mark in text and text.encode() in memory]


def opened_by(loot: Loot, known: Known, seeds: set[str]) -> set[str]:
    """The matters whose content these keys open."""
    thief = Thief(loot)
    opened = thief.everything_opened_by(*map(bytes.fromhex, seeds))
    return {known.matters[str(thief.sealed[where].key)] for where in opened.content}


def test_the_portals_host_has_no_desk_and_holds_no_key(copy: Institution, known: Known) -> None:
    """Row: … and a running portal host. Its whole memory is searched, after it has answered and asked the database."""
    with copy.served("portal") as host:
        assert {ask(host, path)[0] for path in pages(known)} == {404}
        for path in ("/", "/report/", "/inbox/", "/decisions/", "/rules/"):
            assert ask(host, path)[0] == 200, path
        assert found_in_memory(host, copy, known) == (set(), [])


def test_on_the_portals_host_only_what_passes_through_is_seen(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: … and a running portal host. An inbox is opened while the thief looks; older reports stay closed."""
    receipt = known.tokens["receipt of fresh"]
    with copy.served("portal") as host:
        _status, door = ask(host, "/inbox/")
        status, page = ask(host, "/inbox/", form={"receipt": receipt, "door": _hidden(door, "door")})
        assert (status, known.mark in page) == (200, True), "the inbox did not open"
        seeds, texts = found_in_memory(host, copy, known)
    loot = steal(copy)
    own = {"report fresh", "detriment"}
    assert opened_by(loot, known, seeds) <= own
    told = {where for where, text in known.written.items() if any(each in text for each in texts)}
    thief = Thief(loot)
    assert {known.matters[str(thief.sealed[where].key)] for where in told & set(thief.sealed)} <= own
    # Not what the memory happens to keep, but what it can keep: the receipt that was typed opens that report alone.
    (reporter,) = (seed for seed in known.seeds if _is_of(known, seed, "reporter fresh", loot))
    assert opened_by(loot, known, seeds | {reporter}) == own


def test_in_a_web_process_there_is_what_people_opened_while_the_thief_was_there(
    copy: Institution, known: Known, steal: Callable[[Institution], Loot]
) -> None:
    """Row: A running web process. One investigator works; what nobody opens meanwhile is not there.

    Row: One administrator of the server. With root it is the same: the process is read from outside.
    """
    cookies = {"desk": known.tokens["session of investigator"], "sitting": known.tokens["sitting of investigator"]}
    with copy.served("all") as host:
        assert found_in_memory(host, copy, known) == (set(), [])
        for matter in ("case investigating", "case appealed"):
            status, page = ask(host, f"/desk/cases/{known.references[matter]}/", cookies)
            assert (status, known.mark in page) == (200, True)
        seeds, _texts = found_in_memory(host, copy, known)
    loot = steal(copy)
    can = opened_by(loot, known, {known.people["investigator"]})
    assert opened_by(loot, known, seeds) <= can
    assert "identity" not in can


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no hidden field {name}"
    return found[1]


def _is_of(known: Known, seed: str, matter: str, loot: Loot) -> bool:
    public = PrivateKey(bytes.fromhex(seed)).public.raw
    rows = (row for row in loot.tables["vault_key"] if bytes(row["public"]) == public)
    return any(known.matters[str(UUID(str(row["id"])))] == matter for row in rows)
