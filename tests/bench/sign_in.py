"""Signing in: the page, the passphrase, and the desk's answer that the sitting is open."""

from __future__ import annotations

from config.wsgi import application
from integrity.vault.passphrase import staff_cost
from tests.bench import raw
from tests.bench.browsing import Browser, InProcess
from tests.bench.measure import at_once, compare, one, processor_seconds
from tests.bench.scratch import Scene
from tests.bench.table import Figure, Result, duration
from tests.world import passphrase_of

ADDRESS = "/desk/sign-in/"
CLIENTS = 8


def run(scene: Scene) -> Result:
    """Sign-ins per second, alone and by eight at once, against the derivation that each must make."""
    scene.found()

    def enter() -> None:
        signed_in("investigator")

    def least() -> None:
        raw.argon2id(staff_cost())

    cost = f"1 Argon2id ({staff_cost().memory // 1024} MiB, t={staff_cost().iterations})"
    alone = compare(one(enter, times=2), one(least, times=2), pairs=9)
    together = compare(at_once(enter, clients=CLIENTS, times=2), at_once(least, clients=CLIENTS, times=2), pairs=4)
    processor, argon2id = processor_seconds(enter, times=6), processor_seconds(least, times=6)
    return Result(
        title="Signing in (page, passphrase, redirect to the desk)",
        figures=[
            Figure("one at a time", cost, alone, as_rate=True),
            Figure(f"{CLIENTS} at once", f"the same, {CLIENTS} at once", together, as_rate=True),
        ],
        remarks=[
            f"Processor time of a sign-in: {duration(processor)}, of which Argon2id {duration(argon2id)} "
            f"({argon2id / processor:.0%}).",
        ],
    )


def signed_in(username: str) -> Browser:
    """A browser in which this person has just signed in."""
    browser = Browser(InProcess(application))
    page = browser.get(ADDRESS).expect(200)
    form = {
        "csrfmiddlewaretoken": page.hidden("csrfmiddlewaretoken"),
        "username": username,
        "passphrase": passphrase_of(username),
    }
    browser.post(ADDRESS, form).expect(302)
    return browser
