"""A story at several browsers: who sits where, and the steps that more than one story has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page

from tests.e2e.desk import Desk, begin, finish, heading


@dataclass
class Story:
    """What is known as the story goes on: who sits where, the receipt, and the references."""

    desk: Desk
    pages: dict[str, Page] = field(default_factory=dict)
    receipt: str = ""
    report: str = ""
    case: str = ""

    @property
    def url(self) -> str:
        """Where the product is served."""
        return self.desk.served.url

    def at(self, username: str, address: str) -> Page:
        """Somebody's page at an address of the desk; they sign in when they were not there yet."""
        if username not in self.pages:
            self.pages[username] = self.desk.person(username)
        page = self.pages[username]
        page.goto(f"{self.url}{address}")
        return page

    def on_case(self, username: str, *, declare: bool = False) -> Page:
        """Somebody's page of the case; with `declare` they first declare that they have no conflict."""
        page = self.at(username, f"/desk/cases/{self.case}/")
        if declare:
            begin(page, "Declare that I have no conflict")
            page.get_by_label("I declare that I have no conflict of interest in this case.").check()
            finish(page, "Declare that I have no conflict")
        return page

    def on_report(self, username: str) -> Page:
        """Somebody's page of the report."""
        return self.at(username, f"/desk/reports/{self.report}/")


def triage_opens_a_case(story: Story, *, answer: str) -> None:
    """The answer is there; the report becomes a case with one subject and one allegation."""
    page = story.on_report("triage")
    assert answer in page.inner_text("main")
    begin(page, "Open a case")
    page.get_by_label("Title of the case").fill("A gold watch from a warehouse operator")
    page.get_by_label("Why a case is opened").fill("A gift above the limit, by somebody whose licence was renewed.")
    subject = page.get_by_role("group", name="Subject 1", exact=True)
    subject.get_by_label("Name", exact=True).fill("Ernesto Lim")
    subject.get_by_label("Office", exact=True).select_option(label="Sea port of Laguna Bay")
    subject.get_by_label("Grade", exact=True).select_option(index=3)
    allegation = page.get_by_role("group", name="Allegation 1", exact=True)
    allegation.get_by_label("Offence", exact=True).select_option("gift-accepted")
    allegation.get_by_label("What is alleged").fill("Accepted a gold watch from the operator in January.")
    page.get_by_label("Supervisor", exact=True).select_option(label="Nguyen Thi Lan")
    finish(page, "Open a case")
    page.get_by_role("main").get_by_role("link", name=re.compile(r"^C-\w{4}-\w{4}$")).first.click()
    assert heading(page) == "A gold watch from a warehouse operator"
    story.case = page.url.rstrip("/").rsplit("/", 1)[1]


def the_supervisor_assigns(story: Story) -> Page:
    """The supervisor declares and assigns; the investigator declares. Gives the investigator's page of the case."""
    page = story.on_case("supervisor", declare=True)
    begin(page, "Assign an investigator")
    page.get_by_label("Tan Wei Jie").check()
    finish(page, "Assign an investigator")
    return story.on_case("investigator", declare=True)


def assess(page: Page) -> None:
    """Answer the four questions of the assessment, on the page of a report."""
    begin(page, "Assess")
    page.get_by_label("A serious breach: money, rights or trust are harmed").check()
    page.get_by_label("Seen or heard in part, and it hangs together").check()
    page.get_by_label("Yes, with gaps that an investigation can fill").check()
    page.get_by_label("Nothing is lost by waiting").check()
    finish(page, "Assess")
