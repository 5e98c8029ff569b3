"""The administrator's pages: what they show, what they change, and what they never do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from audit import clock
from integrity.action import Incomplete, NotPermitted
from integrity.people import actions, directory
from integrity.people.actions import Details
from integrity.people.models import Appointment, Headcount, Office, User
from integrity.people.roles import Role
from integrity.people.urls import urlpatterns
from integrity.rules.terms import GradeBand
from tests.desk import at_desk, entries, words_of
from tests.walks import triage
from tests.world import SYSTEM, World

FORM = {
    "name": "Fresh Person",
    "username": "fresh",
    "staff_number": "F-1",
    "grade_band": "C",
    "superior": "S-manager",
    "email": "fresh@office.example",
}


# Addresses that are not an administrator's; every other one must refuse everybody else.
FOR_EVERYBODY = {
    "sign_in",
    "sign_out",
    "sittings",
    "welcome",
    "me",
    "passphrase",
    "cancel_own_invitation",
    "earlier_key",
    "grant_again",
}


def person(username: str) -> User:
    return User.objects.get(username=username)


def pages_of(found: User) -> dict[str, str]:
    """Every page of the room that changes somebody, by name."""
    appointment = found.appointments.first()
    return {
        "change": reverse("people:change", args=[found.pk]),
        "give_role": reverse("people:give_role", args=[found.pk]),
        "end_role": reverse("people:end_role", args=[found.pk, appointment.pk if appointment else 0]),
        "invite": reverse("people:invite", args=[found.pk]),
        "close": reverse("people:close", args=[found.pk]),
    }


def test_a_person_is_added_without_key_or_role(world: World):
    browser = at_desk("admin")
    answer = browser.post(reverse("people:add"), {**FORM, "office": world.office.pk}, follow=True)
    made = person("fresh")
    assert answer.redirect_chain[-1][0] == reverse("people:person", args=[made.pk])
    assert (made.key, made.roles(), made.superior) == (None, frozenset(), person("manager"))
    assert "No key yet" in words_of(answer)
    assert entries("people.person_added")[-1]["object"] == f"person/{made.pk}"
    assert "Fresh" not in str(entries())


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("username", "TRIAGE", "taken"),
        ("username", "has space", "letters, digits"),
        ("staff_number", "s-triage", "staff number"),
        ("superior", "nobody", "Nobody has"),
        ("name", "=1+1", "formula"),
        ("name", "A\tB", "cannot be seen"),
        ("email", "nowhere", "valid email"),
        ("grade_band", "Z", "valid choice"),
        ("office", "0", "valid choice"),
    ],
)
def test_a_wrong_entry_is_refused_with_a_sentence_and_kept(world: World, field: str, value: str, sentence: str):
    page = at_desk("admin").post(reverse("people:add"), {**FORM, "office": world.office.pk, field: value})
    assert page.status_code == 422
    assert sentence in words_of(page)
    assert 'value="fresh@office.example"' in words_of(page) or field == "email"
    assert not User.objects.filter(name="Fresh Person").exists()


def test_a_change_is_kept_logged_by_field_and_shown_to_the_person(world: World):
    found = person("triage")
    form = {
        "name": "Grace",
        "staff_number": "S-triage",
        "office": world.office.pk,
        "grade_band": "C",
        "superior": "manager",
    }
    answer = at_desk("admin").post(reverse("people:change", args=[found.pk]), form)
    assert answer.status_code == 302
    found.refresh_from_db()
    assert (found.name, found.grade_band, found.superior) == ("Grace", "C", person("manager"))
    assert entries("people.details_changed")[-1]["facts"]["fields"] == ["grade_band", "name", "superior"]
    words = words_of(at_desk("triage").get(reverse("people:me")))
    assert "superior were changed" in words
    assert "Admin" in words


def test_superiors_in_a_circle_are_refused(world: World):
    below, above = person("triage"), person("manager")
    below.superior = above
    below.save()
    details = Details(name="Manager", office=world.office, grade_band=GradeBand.SENIOR, staff_number="S-manager")
    for superior in (above, below):
        with pytest.raises(Incomplete, match="comes back"):
            actions.change_person(
                actor=world.actor("admin"), person=above, details=Details(**{**vars(details), "superior": superior})
            )
    above.refresh_from_db()
    assert above.superior is None


def test_a_role_is_given_with_its_mandate(world: World):
    browser = at_desk("admin")
    address = reverse("people:give_role", args=[person("manager").pk])
    form = {"role": "authority", "mandate": "", "since": clock.today().isoformat()}
    assert "as which authority" in words_of(browser.post(address, form))
    assert "Only a deciding authority" in words_of(
        browser.post(address, {**form, "role": "triage", "mandate": "council"})
    )
    assert browser.post(address, {**form, "mandate": "council"}).status_code == 302
    assert User.objects.get(username="manager").mandates() == {"council"}
    assert "Deciding authority" in words_of(at_desk("manager").get(reverse("people:me")))
    with pytest.raises(Incomplete):
        actions.appoint(actor=world.actor("admin"), person=person("board1"), role=Role.TRIAGE, mandate="council")


def test_a_role_may_begin_later(world: World):
    later = clock.today() + timedelta(days=3)
    form = {"role": "auditor", "mandate": "", "since": later.isoformat()}
    at_desk("admin").post(reverse("people:give_role", args=[person("manager").pk]), form)
    assert not person("manager").has_role(Role.AUDITOR)
    with clock.at(clock.now() + timedelta(days=3)):
        assert person("manager").has_role(Role.AUDITOR)


def test_an_administrator_changes_nothing_about_themselves(world: World):
    """By page and by action: role, record, end, link, closing."""
    browser = at_desk("admin")
    own = person("admin")
    given = Appointment.objects.count()
    role = {"role": "triage", "mandate": "", "since": clock.today().isoformat()}
    record = {"name": "Me", "office": world.office.pk, "grade_band": "A", "staff_number": "S-admin"}
    for name, address in pages_of(own).items():
        answer = browser.post(address, {**role, **record, "reason": "left"})
        assert answer.status_code in {409, 422}, name
    assert Appointment.objects.count() == given
    own.refresh_from_db()
    assert (own.name, own.is_active, own.roles()) == ("Admin", True, {Role.ADMINISTRATOR})
    page = words_of(browser.get(reverse("people:person", args=[own.pk])))
    for address in pages_of(own).values():
        assert address not in page
    details = Details(name="Me", office=world.office, grade_band=GradeBand.EXECUTIVE)
    with pytest.raises(NotPermitted):
        actions.change_person(actor=world.actor("admin"), person=own, details=details)


def test_no_address_of_the_api_gives_a_role(world: World):
    """The API has no people at all; whatever is posted there changes nobody."""
    browser = at_desk("admin")
    given = set(Appointment.objects.values_list("person", "role"))
    own = person("admin")
    for path in ("people", f"people/{own.pk}", f"people/{own.pk}/roles", "roles", "appointments", "users"):
        for method in ("post", "put", "patch"):
            answer = getattr(browser, method)(
                f"/api/v1/{path}/", {"role": "triage", "person": str(own.pk)}, content_type="application/json"
            )
            assert answer.status_code in {403, 404, 405}, path
    assert set(Appointment.objects.values_list("person", "role")) == given


def test_an_administrator_opens_no_case_report_or_register(world: World):
    case = triage.open_case(world)
    browser = at_desk("admin")
    report = case.reports.get()
    for address in (
        reverse("cases:file", args=[case.reference]),
        reverse("triage:report", args=[report.reference]),
        reverse("publication_desk:list"),
        reverse("identities:list"),
        reverse("audit_console:entries"),
    ):
        assert browser.get(address).status_code in {403, 404}, address
    seen = "".join(
        words_of(browser.get(address))
        for address in (
            reverse("people:people"),
            reverse("people:person", args=[person("triage").pk]),
            reverse("desk"),
            reverse("people:me"),
        )
    )
    for word in (case.reference, report.reference, "Money at the gate"):
        assert word not in seen


def test_every_page_of_the_room_is_the_administrators_alone(world: World):
    found = person("board1")
    values = {
        "person": found.pk,
        "appointment": Appointment.objects.get(person=found).pk,
        "office": Office.objects.get(code="PORT").pk,
        "kind": "staff",
    }
    addresses = [
        reverse(f"people:{each.name}", kwargs={name: values[name] for name in each.pattern.converters})
        for each in urlpatterns
        if each.name not in FOR_EVERYBODY
    ]
    assert len(addresses) > 12
    for username in ("triage", "auditor", "programme"):
        browser = at_desk(username)
        for address in addresses:
            assert browser.get(address).status_code == 403, address
            assert browser.post(address).status_code == 403, address


def test_somebody_who_does_not_exist_is_not_found(world: World):
    browser = at_desk("admin")
    for name in ("person", "change", "give_role", "invite", "close"):
        assert browser.get(reverse(f"people:{name}", args=[uuid4()])).status_code == 404
    other = Appointment.objects.get(person=person("board1"))
    assert browser.post(reverse("people:end_role", args=[person("triage").pk, other.pk])).status_code == 404


def crowd(world: World, count: int) -> None:
    """Many people, several of the same name."""
    User.objects.bulk_create(
        User(
            username=f"p{number:05}",
            name=f"Name {number // 3:04}",
            staff_number=f"N{number:05}",
            office=world.office,
            grade_band="C",
        )
        for number in range(count)
    )


def test_the_pages_together_are_everybody_by_name_and_lead_back(world: World):
    crowd(world, 130)
    everybody = list(User.objects.order_by("name", "pk"))
    seen: list[User] = []
    page = directory.page_of({})
    pages = [page]
    while page.next:
        after = page.next.partition("after=")[2]
        page = directory.page_of({"after": after})
        pages.append(page)
    for each in pages:
        seen += each.people
    assert seen == everybody
    for earlier in reversed(pages[:-1]):
        page = directory.page_of({"before": page.previous.partition("before=")[2]})
        assert page.people == earlier.people
    assert page.previous == ""


def test_a_page_costs_the_same_with_ten_thousand_people(world: World, django_assert_max_num_queries: Any):
    browser = at_desk("admin")
    browser.get(reverse("people:people"))
    crowd(world, 10_000)
    with django_assert_max_num_queries(14):
        page = browser.get(reverse("people:people"), {"search": "Name 1"})
    assert words_of(page).count('data-label="Roles"') == directory.PAGE


@pytest.mark.parametrize("position", ["x", "00000000-0000-0000-0000-000000000000", "é" * 500, "' OR 1=1"])
def test_a_position_that_somebody_made_up_is_the_first_page(world: World, position: str):
    first = directory.page_of({}).people
    assert directory.page_of({"after": position}).people == first
    assert directory.page_of({"before": position}).people == first


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "investigator2"}, {"investigator2"}),
        ({"search": "s-TRIAGE"}, {"triage", "triage2"}),
        ({"search": "nobody at all"}, set()),
        ({"role": "auditor"}, {"auditor"}),
        ({"role": "no role"}, None),
        ({"office": "PORT"}, {"fresh"}),
        ({"state": "staff"}, {"fresh"}),
        ({"state": "waiting"}, {"waiting"}),
        ({"state": "closed"}, {"gone"}),
        ({"role": "auditor", "office": "PORT"}, set()),
    ],
)
def test_a_search_finds_whom_it_asks_for(world: World, query: dict[str, str], found: set[str] | None):
    port = Office.objects.get(code="PORT")
    User.objects.create(username="fresh", name="Fresh", office=port, grade_band="C")
    waits = User.objects.create(username="waiting", name="Waits", office=world.office, grade_band="C")
    actions.appoint(actor=SYSTEM, person=waits, role=Role.MANAGER)
    User.objects.create(username="gone", name="Gone", office=world.office, grade_band="C", is_active=False)
    names = {each.username for each in directory.page_of(query).people}
    assert names == (set(User.objects.values_list("username", flat=True)) if found is None else found)
    assert at_desk("admin").get(reverse("people:people"), query).status_code == 200


def test_offices_and_headcounts_are_kept(world: World):
    browser = at_desk("admin")
    office = {"code": "AIR", "name": "Airport", "region": "North"}
    assert browser.post(reverse("people:add_office"), office).status_code == 302
    assert "Another office" in words_of(browser.post(reverse("people:add_office"), {**office, "code": "air"}))
    made = Office.objects.get(code="AIR")
    counts = {"A": 1, "B": 2, "C": 30, "D": 4, "as_of": "2024-03-01"}
    assert browser.post(reverse("people:headcounts", args=[made.pk]), counts).status_code == 302
    assert Headcount.objects.get(office=made, grade_band="C", as_of=date(2024, 3, 1)).staff == 30
    for wrong in ({"A": -1}, {"A": ""}, {"as_of": "2999-01-01"}):
        assert browser.post(reverse("people:headcounts", args=[made.pk]), {**counts, **wrong}).status_code == 422
    changed = {"name": "Airport One", "region": "East"}
    assert browser.post(reverse("people:change_office", args=[made.pk]), changed).status_code == 302
    assert entries("people.office_changed")[-1]["facts"]["fields"] == ["name", "region"]
    page = words_of(browser.get(reverse("people:offices")))
    assert "Airport One" in page
    assert "37" in page
    assert "Nothing was changed" in words_of(browser.post(reverse("people:change_office", args=[made.pk]), changed))


def test_everybody_sees_their_own_account_and_nobody_elses(world: World):
    for username in ("triage", "auditor", "board1"):
        page = words_of(at_desk(username).get(reverse("people:me")))
        assert username in page
        assert "Investigator2" not in page


def test_names_with_markup_are_shown_as_text(world: World):
    User.objects.filter(username="triage").update(name="<script>alert(1)</script>")
    browser = at_desk("admin")
    for address in (reverse("people:people"), *pages_of(person("triage")).values()):
        assert b"<script>alert" not in browser.get(address).content
