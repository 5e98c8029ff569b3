"""The sitting on pages: one custodian after another types their words on the same screen.

What was typed goes into the database encrypted under a secret that is only in the page. So neither a second web
process, nor the next custodian who looks at the page's source, nor a copy of the database sees a word.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.actions import OpenSitting
from integrity.recovery.forms import TypedWords
from integrity.recovery.models import Ceremony, Purpose, RecoveryRequest, RecoverySitting
from integrity.recovery.proving import Gathered, WrongWords, gather, prepare_shares, prove
from integrity.ui import errors
from integrity.vault.passphrase import TooBusy


@require_POST
@role_required(Role.RECOVERY)
def sit_down(request: DeskRequest) -> HttpResponse:
    """Begin a sitting. The posted `purpose` says what for; `ceremony`, `request` and `successor` what about."""
    purpose = Purpose(request.POST["purpose"]) if request.POST.get("purpose") in Purpose.values else Purpose.DRILL
    asked = _posted(request, "request")
    successor = _posted(request, "successor")
    opened = actions.open_sitting(
        actor=request.actor,
        ceremony=get_object_or_404(Ceremony.objects.select_related("key"), pk=_posted(request, "ceremony")),
        purpose=purpose,
        request=get_object_or_404(RecoveryRequest, pk=asked) if asked else None,
        successor=get_object_or_404(Ceremony, pk=successor) if successor else None,
    )
    return _page(request, opened, TypedWords())


@role_required(Role.RECOVERY)
@ask_first
def sitting(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Take the next custodian's words; with the last of them, do what the sitting is for."""
    held = (
        RecoverySitting.objects.select_related("ceremony__key", "request__beneficiary", "successor")
        .filter(pk=identifier, opened_by=request.user)
        .first()
    )
    if request.method != "POST" or held is None:
        messages.warning(request, _("That sitting is over. Nothing of what was typed was kept; start it again."))
        return redirect("recovery:overview")
    opened = OpenSitting.of(held, request.POST.get("secret", ""))
    actions.laid_shares(opened)
    if "end" in request.POST:
        actions.end_sitting(actor=request.actor, sitting=held)
        messages.success(request, _("The sitting has ended. Nothing of what was typed was kept."))
        return redirect("recovery:overview")
    form = TypedWords(request.POST)
    if not form.is_valid():
        return _page(request, opened, form)
    try:
        proven = prove(held.ceremony, form.cleaned_data["words"])
        laid = actions.lay_share(actor=request.actor, opened=opened, proven=proven)
        if laid < held.ceremony.threshold:
            return _page(request, opened, TypedWords())
        return _done(request, opened)
    except TooBusy:
        return errors.too_many(request)
    except WrongWords as wrong:
        actions.note_wrong_words(actor=request.actor, ceremony=held.ceremony)
        form.add_error("words", wrong.sentence)
    except Refusal as refusal:
        # Right words that do not count now: they leave the page, because the next custodian sits down at it.
        messages.warning(request, str(refusal.sentence))
        return _page(request, opened, TypedWords(), status=409)
    return _page(request, opened, form)


def _done(request: DeskRequest, opened: OpenSitting) -> HttpResponse:
    held = opened.sitting
    gathered = gather(held.ceremony, actions.laid_shares(opened))
    try:
        sentence = _perform(request, held, gathered)
    finally:
        gathered.keyring.wipe()
        actions.end_sitting(actor=request.actor, sitting=held)
    messages.success(request, sentence)
    if held.request is not None:
        return redirect("recovery:request", held.request.pk)
    return redirect("recovery:ceremony", (held.successor or held.ceremony).pk)


def _perform(request: DeskRequest, held: RecoverySitting, gathered: Gathered) -> str:
    actor = request.actor
    if held.purpose == Purpose.RECOVER and held.request is not None:
        given = actions.recover(actor=actor, request=held.request, gathered=gathered)
        return ngettext(
            "Recovered: %(name)s was given %(count)d key. The recovery key is forgotten again.",
            "Recovered: %(name)s was given %(count)d keys. The recovery key is forgotten again.",
            given,
        ) % {"name": held.request.beneficiary.name, "count": given}
    if held.purpose == Purpose.REPLACE and held.successor is not None:
        prepared = prepare_shares(held.successor, gathered.keyring.own)
        actions.replace(actor=actor, successor=held.successor, gathered=gathered, prepared=prepared)
        return _(
            "You agreed to the new custodians. Their words are waiting for them; until all have typed "
            "them back, yours count."
        )
    if held.purpose == Purpose.MOVE:
        brought = actions.move(actor=actor, gathered=gathered)
        return ngettext(
            "%(count)d key was brought to the new recovery key. The former opens nothing now: destroy its sheets.",
            "%(count)d keys were brought to the new recovery key. The former opens nothing now: destroy its sheets.",
            brought,
        ) % {"count": brought}
    actions.drill(actor=actor, gathered=gathered)
    return _("The drill succeeded: your words give the recovery key. Nothing was opened with it.")


def _page(request: DeskRequest, opened: OpenSitting, form: TypedWords, *, status: int = 200) -> HttpResponse:
    held = opened.sitting
    laid = list(held.laid.select_related("custodian__person").order_by("custodian__position"))
    context = {
        "form": form,
        "sitting": held,
        "opened": opened,
        "laid": laid,
        "number": len(laid) + 1,
        "threshold": held.ceremony.threshold,
        "steps": _steps(held, len(laid)),
    }
    return render(request, "recovery/sitting.html", context, status=422 if form.is_bound else status)


def _steps(held: RecoverySitting, laid: int) -> list[tuple[str, str]]:
    return [
        (
            _("Custodian %(number)d of %(count)d") % {"number": place + 1, "count": held.ceremony.threshold},
            "done" if place < laid else "current" if place == laid else "upcoming",
        )
        for place in range(held.ceremony.threshold)
    ]


def _posted(request: DeskRequest, name: str) -> UUID | None:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None
