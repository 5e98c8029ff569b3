"""The page behind an invitation: choosing a passphrase, which makes the person's key."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from integrity.action import Actor, Refusal
from integrity.people import invitations
from integrity.people.models import InvitationKind, User
from integrity.people.passphrase_forms import ChoosePassphrase
from integrity.ui import errors
from integrity.vault import actions as vault
from integrity.vault.passphrase import TooBusy


@sensitive_post_parameters()
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a passphrase with a link that works once. Looking at the page does not use the link up."""
    invitation = invitations.find(token)
    if invitation is None:
        return _over(request, str(invitations.OVER))
    person = invitation.person
    form = ChoosePassphrase(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            chosen = vault.make_person_key(form.cleaned_data["passphrase"])
        except TooBusy:
            return errors.too_many(request)
        try:
            invitations.accept(actor=Actor.of(person), token=token, chosen=chosen)
        except Refusal as refusal:
            return _over(request, str(refusal.sentence))
        return after_welcome(request, person)
    context = {
        "form": form,
        "person": person,
        "again": invitation.kind == InvitationKind.NEW_KEY,
        "expires_at": invitation.expires_at,
    }
    return render(request, "people/welcome.html", context, status=422 if form.is_bound else 200)


def after_welcome(request: HttpRequest, person: User) -> HttpResponse:
    """Where somebody goes who has just chosen their passphrase: to sign in with it."""
    messages.success(
        request,
        _("Your key is made. Sign in as %(username)s, with the passphrase that you just chose.")
        % {"username": person.username},
    )
    return redirect("people:sign_in")


def _over(request: HttpRequest, sentence: str) -> HttpResponse:
    return render(request, "people/invitation_over.html", {"sentence": sentence}, status=404)
