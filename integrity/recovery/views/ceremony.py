"""Pages of a ceremony: the names, the second person, and each custodian's own way through it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.roles import Role
from integrity.recovery import actions
from integrity.recovery.actions.ceremony import must_be_second
from integrity.recovery.forms import Propose, TypedWords
from integrity.recovery.models import Ceremony, CeremonyState, Custodian
from integrity.recovery.proving import ProvenShare, WrongWords, prepare_shares, prove
from integrity.recovery.views.overview import READERS
from integrity.ui import errors
from integrity.vault.passphrase import TooBusy


@role_required(Role.ADMINISTRATOR)
@ask_first
def propose(request: DeskRequest) -> HttpResponse:
    """Name the custodians."""
    in_force = Ceremony.objects.in_force()
    form = Propose(request.POST or None, proposer=request.user, replaces=in_force)
    if request.method == "POST" and form.is_valid():
        try:
            ceremony = actions.propose(
                actor=request.actor,
                people=list(form.cleaned_data["people"]),
                threshold=form.cleaned_data["threshold"],
                keeps_key=form.keeps_key,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            return redirect("recovery:ceremony", ceremony.pk)
    context = {"form": form, "in_force": in_force, "running": Ceremony.objects.running()}
    return render(request, "recovery/propose.html", context, status=422 if form.is_bound else 200)


@role_required(*READERS)
def ceremony(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Where a ceremony stands, custodian by custodian."""
    held = _ceremony(identifier)
    context = {
        "ceremony": held,
        "custodians": held.custodians.select_related("person__office"),
        "mine": held.custodians.filter(person=request.user).first(),
        "steps": _steps(held),
        "may_confirm": _may_confirm(request, held),
        "is_administrator": request.user.has_role(Role.ADMINISTRATOR),
    }
    return render(request, "recovery/ceremony.html", context)


@require_POST
@role_required(*READERS)
def confirm(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Agree to the custodians; the words are made."""
    held = _ceremony(identifier)
    must_be_second(request.actor, held)
    try:
        prepared = prepare_shares(held)
    except TooBusy:
        return errors.too_many(request)
    actions.confirm(actor=request.actor, ceremony=held, prepared=prepared)
    messages.success(request, _("Agreed. The words of each custodian are waiting for them."))
    return redirect("recovery:ceremony", held.pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def abandon(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Give the ceremony up."""
    actions.abandon(actor=request.actor, ceremony=_ceremony(identifier))
    messages.success(request, _("The ceremony is abandoned. Whoever has words of it should destroy the sheet."))
    return redirect("recovery:overview")


@require_POST
@role_required(Role.ADMINISTRATOR, Role.RECOVERY)
def forget(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Take a former recovery key out."""
    actions.forget_old_key(actor=request.actor, ceremony=_ceremony(identifier))
    messages.success(request, _("The former recovery key opens nothing any more. Its sheets can be destroyed."))
    return redirect("recovery:overview")


@ask_first
def words(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """What will happen; and after the button, the words themselves, in an answer that nothing keeps."""
    custodian = _own(request, identifier)
    if request.method == "POST":
        text = actions.show_words(actor=request.actor, custodian=custodian)
        context = {"custodian": custodian, "ceremony": custodian.ceremony, "words": text.split()}
        return render(request, "recovery/words.html", context)
    if custodian.kept_on is not None or custodian.ceremony.state != CeremonyState.HANDING_OUT:
        return redirect("recovery:overview")
    return render(request, "recovery/before_words.html", {"custodian": custodian, "ceremony": custodian.ceremony})


def type_back(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Type the words back from the paper; they are erased here then."""
    custodian = _own(request, identifier)
    form = TypedWords(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proven = _proven(request, custodian.ceremony, form)
            if proven is not None:
                actions.keep_share(actor=request.actor, custodian=custodian, proven=proven)
                return render(request, "recovery/kept.html", {"ceremony": _ceremony(identifier)})
        except TooBusy:
            return errors.too_many(request)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    elif custodian.kept_on is not None:
        return redirect("recovery:overview")
    context = {"form": form, "custodian": custodian, "ceremony": custodian.ceremony}
    return render(request, "recovery/type_back.html", context, status=422 if form.is_bound else 200)


def proof(request: DeskRequest, identifier: UUID) -> HttpResponse:
    """Show that one still has one's words."""
    custodian = _own(request, identifier)
    form = TypedWords(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            proven = _proven(request, custodian.ceremony, form)
            if proven is not None:
                actions.prove_share(actor=request.actor, custodian=custodian, proven=proven)
                messages.success(request, _("These are your words. Thank you; put the sheet back where it is safe."))
                return redirect("recovery:overview")
        except TooBusy:
            return errors.too_many(request)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    context = {"form": form, "custodian": custodian, "ceremony": custodian.ceremony}
    return render(request, "recovery/proof.html", context, status=422 if form.is_bound else 200)


def _proven(request: DeskRequest, held: Ceremony, form: TypedWords) -> ProvenShare | None:
    """Whose words were typed; None, with the sentence in the form, when they do not count."""
    try:
        return prove(held, form.cleaned_data["words"])
    except WrongWords as wrong:
        actions.note_wrong_words(actor=request.actor, ceremony=held)
        form.add_error("words", wrong.sentence)
        return None


def _ceremony(identifier: UUID) -> Ceremony:
    return get_object_or_404(
        Ceremony.objects.select_related("key", "replaces", "proposed_by", "confirmed_by"), pk=identifier
    )


def _own(request: DeskRequest, identifier: UUID) -> Custodian:
    """The person's own share; for everybody else the page does not exist."""
    mine = Custodian.objects.select_related("ceremony__key", "person__key")
    return get_object_or_404(mine, ceremony=identifier, person=request.user)


def _may_confirm(request: DeskRequest, held: Ceremony) -> bool:
    if held.state != CeremonyState.PROPOSED or held.keeps_key:
        return False
    try:
        must_be_second(request.actor, held)
    except Refusal:
        return False
    return True


def _steps(held: Ceremony) -> list[tuple[str, str]]:
    names = [
        _("Custodians named"),
        _("The present custodians agree") if held.keeps_key else _("A second person agrees"),
        _("Each custodian keeps their words"),
        _("In force"),
    ]
    reached = {
        CeremonyState.PROPOSED: 1,
        CeremonyState.HANDING_OUT: 2,
        CeremonyState.IN_FORCE: 4,
        CeremonyState.RETIRED: 4,
    }.get(CeremonyState(held.state), 0)
    standing = ["done" if place < reached else "current" if place == reached else "upcoming" for place in range(4)]
    return list(zip(names, standing, strict=True))
