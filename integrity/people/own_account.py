"""What everybody at the desk sees of their own account, what they change there, and what they give to others."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.people import actions, elsewhere, invitations, passphrases, regranting, sittings
from integrity.people.access import DeskRequest, ask_first
from integrity.people.events import shown
from integrity.people.fingerprints import fingerprint
from integrity.people.models import Appointment, Sitting, User
from integrity.people.passphrase_forms import ChangePassphrase, EarlierPassphrase
from integrity.ui import errors
from integrity.vault import actions as vault
from integrity.vault.models import Key
from integrity.vault.passphrase import TooBusy

EVENTS = 50


def me(request: DeskRequest) -> HttpResponse:
    """One's own name, roles and key, and what happened to them."""
    person = request.user
    invitation = person.invitations.filter(ended_at__isnull=True).select_related("person", "made_by").first()
    context = {
        "person": person,
        "appointments": Appointment.objects.in_force().filter(person=person),
        "fingerprint": fingerprint(request.keyring.key),
        "events": shown(person.events.select_related("by")[:EVENTS]),
        "invitation": invitation if invitation is not None and invitation.is_open else None,
        "waiting": regranting.open_requests().filter(person=person).count(),
        "earlier": regranting.earlier_keys(person)[:1],
        "outside": elsewhere.provider(),
    }
    return render(request, "people/me.html", context)


@ask_first
@sensitive_post_parameters()
def passphrase(request: DeskRequest) -> HttpResponse:
    """Change one's passphrase: the present one opens the key once more, the new one locks it."""
    form = ChangePassphrase(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            keyring = vault.unlock(request.keyring.key, form.cleaned_data["present"])
            lock = vault.relock(keyring, form.cleaned_data["passphrase"])
        except TooBusy:
            return errors.too_many(request)
        except vault.WrongPassphrase:
            passphrases.note_refused_passphrase(actor=request.actor)
            form.add_error("present", _("This is not your present passphrase."))
        else:
            passphrases.change_passphrase(
                actor=request.actor, lock=lock, sitting=request.session[sittings.SESSION_NAME]
            )
            messages.success(request, _("Your passphrase is changed. Your other sittings have ended."))
            return redirect("people:me")
    return render(request, "people/passphrase.html", {"form": form}, status=422 if form.is_bound else 200)


def own_sittings(request: DeskRequest) -> HttpResponse:
    """Where one is signed in now, and ending what should not be."""
    here = request.session[sittings.SESSION_NAME]
    mine = Sitting.objects.filter(person=request.user)
    if request.method == "POST":
        named = request.POST.get("sitting", "")
        others = [each.pk for each in mine if str(each.pk) != here and named in {"", str(each.pk)}]
        ended = actions.end_sittings(actor=request.actor, sittings=others)
        messages.success(
            request,
            ngettext("%(count)d sitting has ended.", "%(count)d sittings have ended.", ended) % {"count": ended},
        )
        return redirect("people:sittings")
    context = {
        "rows": [{"sitting": each, "is_here": str(each.pk) == here} for each in mine],
        "idle": settings.SITTING_IDLE_MINUTES,
        "limit": settings.SITTING_LIMIT_MINUTES // 60,
        "breadcrumb": [(_("Your account"), reverse("people:me")), (_("Sittings"), "")],
    }
    return render(request, "people/sittings.html", context)


@require_POST
def cancel_own_invitation(request: DeskRequest) -> HttpResponse:
    """End a link for a new key that one did not ask for."""
    invitations.cancel(actor=request.actor, person=request.user)
    messages.success(request, _("The link does not work any more. Ask who made it, and why."))
    return redirect("people:me")


@ask_first
@sensitive_post_parameters()
def earlier_key(request: DeskRequest, key: UUID) -> HttpResponse:
    """Take back what an earlier key of one's own opens, with its passphrase."""
    earlier = get_object_or_404(Key.objects.filter(pk__in=[each.pk for each in _earlier(request)]), pk=key)
    form = EarlierPassphrase(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            keyring = vault.unlock(earlier, form.cleaned_data["passphrase"])
        except TooBusy:
            return errors.too_many(request)
        except vault.WrongPassphrase:
            passphrases.note_refused_passphrase(actor=request.actor)
            form.add_error("passphrase", _("This passphrase does not open your earlier key."))
        else:
            given = regranting.recall(actor=request.actor, earlier=keyring)
            messages.success(request, _given(given))
            return redirect("people:me")
    return render(request, "people/earlier_key.html", {"form": form}, status=422 if form.is_bound else 200)


@ask_first
def grant_again(request: DeskRequest, person: UUID) -> HttpResponse:
    """Give somebody the keys that they may have and one holds oneself, after comparing their key's digits."""
    found = get_object_or_404(User.objects.select_related("key", "office"), pk=person, is_active=True)
    matters = regranting.matters_for(request.actor, found)
    if not matters or found.key is None:
        raise Http404
    if request.method == "POST":
        given = 0
        for each in matters:
            # One action and one entry for each matter: a refusal of one leaves the others given.
            try:
                given += regranting.grant_again(actor=request.actor, person=found, matter=each.matter)
            except Refusal as refusal:
                messages.error(request, str(refusal.sentence))
        if given:
            messages.success(request, _given(given))
        return redirect("desk")
    context = {"person": found, "matters": matters, "fingerprint": fingerprint(found.key)}
    return render(request, "people/grant_again.html", context)


def _earlier(request: DeskRequest) -> list[Key]:
    return regranting.earlier_keys(request.user)


def _given(count: int) -> str:
    return ngettext("%(count)d key was given.", "%(count)d keys were given.", count) % {"count": count}
