"""The register's desk: the list of entries, one entry with its preview and its test, and its transitions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cases.engine import available
from cases.publication import actions
from cases.publication.drafts import coded_of, propose, reads
from cases.publication.forms import EditEntry, levels_from
from cases.publication.generalisation import Coded
from cases.publication.models import Publication
from cases.publication.panels import TONES
from cases.publication.wording import Worded, worded
from cases.states import PublicationState, Track
from cases.transitions import transition_page
from integrity.action import Actor
from integrity.keyset import page_of
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.rules.entries import amount_in_words
from integrity.rules.pack import Pack
from integrity.rules.terms import GradeBand, Gravity

PAGE = 25
WAITING = {PublicationState.DRAFT, PublicationState.EDITED}


def _entry_of(reference: str) -> Publication:
    return get_object_or_404(Publication.objects.select_related("key", "pack"), reference=reference)


@role_required(Role.EDITOR, Role.APPROVER)
def entries(request: DeskRequest) -> HttpResponse:
    """Every entry, newest first, by keyset pages; drafts show their offence to those whose keys open it."""
    state = request.GET.get("state", "")
    rows = Publication.objects.select_related("key", "pack")
    if state in PublicationState.values:
        rows = rows.filter(state=state)
    page = page_of(rows, request.GET, order=("handed_over_on", "pk"), size=PAGE)
    request.keyring.find([entry.key for entry in page.rows])
    drafts = [entry for entry in page.rows if entry.state != PublicationState.PUBLISHED and reads(entry, request.actor)]
    if drafts:
        actions.open_list(actor=request.actor, publications=drafts)
    lines = [
        {"entry": entry, "title": _title(entry, request.actor), "tone": TONES[PublicationState(entry.state)]}
        for entry in page.rows
    ]
    tabs = [(_("All"), reverse("publication_desk:list"), state not in PublicationState.values, None)] + [
        (label, f"{reverse('publication_desk:list')}?state={value}", state == value, None)
        for value, label in PublicationState.choices
    ]
    return render(request, "publication/desk_list.html", {"lines": lines, "page": page, "tabs": tabs})


def _title(entry: Publication, actor: Actor) -> Any:
    pack = entry.pack.pack
    if entry.state == PublicationState.PUBLISHED:
        return pack.offence(entry.offence).title
    return pack.offence(coded_of(entry, actor).offence).title if reads(entry, actor) else ""


@role_required(Role.EDITOR, Role.APPROVER)
def entry(request: DeskRequest, reference: str) -> HttpResponse:
    """One entry: the coded fields, what would be or is published, and what the disclosure test says."""
    publication = _entry_of(reference)
    actions.open_entry(actor=request.actor, publication=publication)
    coded = coded_of(publication, request.actor)
    pack = publication.pack.pack
    is_public = publication.state == PublicationState.PUBLISHED
    proposal = propose(publication, request.actor) if publication.state in WAITING else None
    shown = worded(publication.entry, pack) if is_public else worded(proposal.entry, pack) if proposal else None
    return render(
        request,
        "publication/desk_entry.html",
        {
            "publication": publication,
            "tone": TONES[PublicationState(publication.state)],
            "title": pack.offence(coded.offence).title,
            "coded": _in_words(coded, pack),
            "shown": _as_pairs(shown) if shown else [],
            "offence": shown.offence if shown else None,
            "proposal": proposal,
            "suggests_withholding": proposal is not None and not proposal.only_waits,
            "performed": available(Track.PUBLICATION, publication, request.actor),
            "remark": publication.open(request.keyring, "remark"),
            "withheld_for": publication.open(request.keyring, "withheld_for"),
            "steps": [
                {"when": step.on, "title": step.title, "who": step.person.name, "tone": "neutral"}
                for step in publication.steps.select_related("person").order_by("-pk")
            ],
            "breadcrumb": [(_("Register entries"), reverse("publication_desk:list")), (publication.reference, "")],
        },
    )


@role_required(Role.EDITOR, Role.APPROVER)
def transition(request: DeskRequest, reference: str, name: str) -> HttpResponse:
    """One transition of an entry. The page for editing tries levels out: its query says which."""
    publication = _entry_of(reference)
    back = reverse("publication_desk:entry", args=[publication.reference])
    template, extra = "cases/transition.html", {}
    tries_out = False

    def shown() -> None:
        if not tries_out and reads(publication, request.actor):
            actions.open_entry(actor=request.actor, publication=publication)

    if name in {"edit_entry", "approve_entry"} and publication.state in WAITING and reads(publication, request.actor):
        template, tries_out = f"publication/{name}.html", True
        # Before anything is computed of it: this refuses whoever is too close to whom it is about.
        actions.open_entry(actor=request.actor, publication=publication)
        extra = _trying_out(request, publication)
    return transition_page(
        request,
        track=Track.PUBLICATION,
        name=name,
        subject=publication,
        back=back,
        breadcrumb=[
            (_("Register entries"), reverse("publication_desk:list")),
            (publication.reference, back),
        ],
        template=template,
        extra=extra,
        shown=shown,
    )


def _trying_out(request: DeskRequest, publication: Publication) -> dict[str, Any]:
    query = request.POST if request.method == "POST" else request.GET
    levels = levels_from(query, publication.levels)
    proposal = propose(publication, request.actor, levels)
    values = {
        "period": levels.period.value,
        "place": levels.place.value,
        "grade": levels.grade.value,
        "sanction": levels.sanction.value,
    }
    shown = worded(proposal.entry, publication.pack.pack)
    return {
        "choose": EditEntry(initial=values, auto_id="try_%s", subject=publication, actor=request.actor),
        "chosen": values,
        "proposal": proposal,
        "shown": _as_pairs(shown),
        "offence": shown.offence,
        "suggests_withholding": not proposal.only_waits,
    }


def _as_pairs(shown: Worded) -> list[tuple[str, Any]]:
    """The public page's facts, as a preview."""
    return [
        (_("What happened"), shown.offence.title),
        (_("Category"), shown.category.title),
        (_("Gravity"), shown.gravity),
        (_("What followed"), shown.sanction),
        (_("On appeal"), shown.appeal),
        (_("When it became final"), capfirst(shown.period)),
        (_("Where"), shown.place),
        (_("Grade"), shown.grade),
    ]


def _in_words(coded: Coded, pack: Pack) -> list[tuple[str, Any]]:
    """The coded fields as the case handed them over."""
    sanction = ""
    if coded.sanction:
        found = pack.sanction(coded.sanction)
        amount = amount_in_words(coded.amount, found.unit) if coded.amount is not None else ""
        sanction = (
            _("%(sanction)s: %(amount)s") % {"sanction": found.title, "amount": amount} if amount else str(found.title)
        )
    return [
        (_("Offence"), pack.offence(coded.offence).title),
        (_("Gravity"), Gravity(coded.gravity).label),
        (_("Sanction"), sanction or _("No sanction")),
        (_("Grade"), GradeBand(coded.grade_band).label),
        (_("Office"), f"{coded.office} · {coded.region}"),
        (_("Decided on"), date_format(coded.decided_on, "DATE_FORMAT")),
        (_("Final since"), date_format(coded.final_on, "DATE_FORMAT")),
    ]
