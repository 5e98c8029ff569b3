import os
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
import pytest
from playwright.sync_api import sync_playwright
from django.urls import reverse
from tests.walks import discipline as walk, triage, investigation
from tests.world import passphrase_of
from tests.integrity.vault_scene import arrived
from cases.discipline import deciding, actions
from cases.discipline.decisions import decision_in_force
from cases.outcomes import Outcome
from cases.actions import NewAllegation
from cases.models import Case
from audit import clock
from datetime import timedelta
from cases.triage.actions import convert
from integrity.rules.terms import Gravity
OUT="/tmp/shots/discipline/"


@pytest.mark.django_db(transaction=True)
def test_shots(live_server, transactional_db, settings):
    from tests.world import make_world
    settings.CSRF_TRUSTED_ORIGINS = ["null"]
    world = make_world()
    def two():
        report = triage.assessed_report(world)
        convert(actor=world.actor("triage"), subject=report, title="Money and a watch at gate 3", predication="A witness saw money change hands.",
            subjects=[triage.subject()],
            allegations=[NewAllegation(subject=1, offence="gift-accepted", gravity=Gravity.SERIOUS, statement="On 12 February at gate 3 you accepted a wrist watch from the driver of a carrier and did not enter it in the register."),
              NewAllegation(subject=1, offence="bribe-solicited", gravity=Gravity.GROSS, statement="On 14 February you asked the same driver for 200 to open the gate before the queue.")],
            supervisor=world.person("supervisor"))
        return Case.objects.get(reports=report)
    c1 = investigation.to_reviewed(world, two())
    c2 = walk.to_referred(world, two()); walk.deciding_as(world, c2)
    c3 = walk.to_charged(world, two())
    c4 = walk.hear(world, walk.to_answered(world, two(), wishes_hearing=True)); 
    c5 = two()
    walk.to_charged(world, c5)
    actions.record_service(actor=walk.supervising(world,c5), subject=c5, served_on=clock.today(), method="in_person", received_by="The respondent, room 12", remark="He read it and kept a copy.", files=[arrived(b"proof"*50,"acknowledgement of receipt.pdf")])
    walk.to_notified(world, c5, "suspension", 90)
    shots = [
     ("supervisor", "refer", reverse("cases:transition", args=[c1.reference,"refer_for_discipline"])),
     ("authority", "notice-form", reverse("cases:transition", args=[c2.reference,"issue_notice"])),
     ("supervisor", "service-form", reverse("cases:transition", args=[c3.reference,"record_service"])),
     ("authority", "decide-form", reverse("cases:transition", args=[c4.reference,"decide"])),
     ("authority", "file", reverse("cases:file", args=[c5.reference])),
     ("authority", "notice", reverse("discipline:notice", args=[c5.reference, c5.notice.pk if hasattr(c5,'notice') else Case.objects.get(pk=c5.pk).notice.pk])),
     ("authority", "decision", reverse("discipline:decision", args=[c5.reference, decision_in_force(c5).pk])),
     ("authority", "service", reverse("discipline:service", args=[c5.reference, decision_in_force(c5).service.pk])),
    ]
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args="--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync".split())
        for width in (1280, 360):
            ctxs = {}
            for who, name, url in shots:
                if who not in ctxs:
                    ctx = ctxs[who] = b.new_context(viewport={"width":width,"height":900})
                    page = ctx.new_page()
                    page.goto(live_server.url + reverse("people:sign_in"))
                    page.fill("[name=username]", who); page.fill("[name=passphrase]", passphrase_of(who)); page.click("main button")
                page = ctxs[who].new_page()
                r = page.goto(live_server.url+url)
                print(width, name, r.status, page.evaluate("document.documentElement.scrollWidth"))
                if name == "decide-form" :
                    page.check("[name=outcome_1][value=substantiated]"); page.check("[name=outcome_2][value=unfounded]")
                    page.check("[name=sanction][value=fine]"); page.fill("[name=amount]","9"); page.fill("[name=reasons]","Because.")
                    page.check("[name=aggravating][value=planned]")
                    page.screenshot(path=f"{OUT}{name}-{width}.png", full_page=True)
                    page.click("main form .button:not(.button--quiet)")
                    print(page.url, page.evaluate("document.documentElement.scrollWidth"))
                    page.screenshot(path=f"{OUT}{name}-refused-{width}.png", full_page=True)
                else:
                    for d in page.query_selector_all("#panel-discipline ~ section details"): d.evaluate("e=>e.open=true")
                    page.screenshot(path=f"{OUT}{name}-{width}.png", full_page=True)
        b.close()
