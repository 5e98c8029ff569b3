"""The administrator's pages about people. They show no case, and change nobody's own record for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from integrity.action import Refusal
from integrity.people import actions, directory, elsewhere, invitations, leaving
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.administration_forms import CloseAccount, GiveRole, NewPerson, PersonDetails
from integrity.people.events import ADMINISTRATIVE, shown
from integrity.people.leaving import LeavingReason
from integrity.people.models import Appointment, Office, User
from integrity.people.roles import Role

EVENTS = 50
NAMES = 30


@role_required(Role.ADMINISTRATOR)
def people(request: DeskRequest) -> HttpResponse:
    """Who works here, with a search, by keyset pages."""
    query = {name: request.GET.get(name, "") for name in ("search", "role", "office", "state", "after", "before")}
    page = directory.page_of(query)
    if query["search"].strip():
        narrowed = [name for name in ("role", "office", "state") if query[name]]
        actions.note_search(
            actor=request.actor, search=query["search"].strip(), narrowed=narrowed, shown=len(page.people)
        )
    context = {
        "page": page,
        "query": query,
        "roles": Role.choices,
        "offices": Office.objects.all(),
        "states": _states(),
    }
    return render(request, "people/people.html", context)


@role_required(Role.ADMINISTRATOR)
def person(request: DeskRequest, person: UUID) -> HttpResponse:
    """One person: what is known, their roles, their key, and what was changed by whom."""
    found = _find(person)
    outside = elsewhere.provider()
    invitation = found.invitations.filter(ended_at__isnull=True).select_related("person").first()
    context = {
        "person": found,
        "appointments": found.appointments.order_by("until", "role", "-since"),
        "in_force": set(found.appointments.in_force().values_list("pk", flat=True)),
        "invitation": invitation if invitation is not None and invitation.is_open else None,
        "events": shown(found.events.filter(kind__in=ADMINISTRATIVE).select_related("by")[:EVENTS]),
        "left": leaving.holdings(found) if not found.is_active else [],
        "is_oneself": found.pk == request.user.pk,
        "elsewhere": outside.page_of(found) if outside else "",
        "breadcrumb": [(_("People"), reverse("people:people")), (found.name, "")],
    }
    return render(request, "people/person.html", context)


@role_required(Role.ADMINISTRATOR)
@ask_first
def add(request: DeskRequest) -> HttpResponse:
    """Add somebody; they come without a role and without a key."""
    form = NewPerson(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_person(actor=request.actor, username=form.cleaned_data["username"], details=form.details)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("%(name)s was added.") % {"name": made.name})
            return redirect("people:person", made.pk)
    return _form_page(request, form, title=_("Add a person"), button=_("Add"), back=reverse("people:people"))


@role_required(Role.ADMINISTRATOR)
@ask_first
def change(request: DeskRequest, person: UUID) -> HttpResponse:
    """Change what is known about a person."""
    found = _find(person)
    initial = {
        "name": found.name,
        "staff_number": found.staff_number,
        "office": found.office_id,
        "grade_band": found.grade_band,
        "superior": found.superior.username if found.superior else "",
        "email": found.email,
    }
    form = PersonDetails(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_person(actor=request.actor, person=found, details=form.details)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("The changes are kept, and %(name)s can see them.") % {"name": found.name})
            return redirect("people:person", found.pk)
    return _form_page(request, form, title=_("Change what is known"), button=_("Keep"), found=found)


@role_required(Role.ADMINISTRATOR)
@ask_first
def give_role(request: DeskRequest, person: UUID) -> HttpResponse:
    """Give a role from a day on."""
    found = _find(person)
    form = GiveRole(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.appoint(
                actor=request.actor,
                person=found,
                role=Role(given["role"]),
                mandate=given["mandate"],
                since=given["since"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("The role is given. It ended the person's sittings."))
            return redirect("people:person", found.pk)
    return _form_page(request, form, title=_("Give a role"), button=_("Give the role"), found=found)


@role_required(Role.ADMINISTRATOR)
@ask_first
def end_role(request: DeskRequest, person: UUID, appointment: int) -> HttpResponse:
    """End a role, after a look at what would have nobody left."""
    found = _find(person)
    held = get_object_or_404(Appointment.objects.select_related("person"), pk=appointment, person=found)
    refused = ""
    if request.method == "POST":
        try:
            left = leaving.end_role(actor=request.actor, appointment=held)
        except Refusal as refusal:
            refused = str(refusal.sentence)
        else:
            messages.success(request, _("The role has ended, and with it the access that it gave."))
            _warn(request, left)
            return redirect("people:person", found.pk)
    ends = leaving.holdings(found, kept=leaving.without(held))
    context = {
        "person": found,
        "appointment": held,
        "ends": len(ends),
        "left": [holding for holding in ends if holding.needs_somebody],
        "refused": refused,
        "breadcrumb": _way(found, _("End a role")),
    }
    return render(request, "people/end_role.html", context, status=409 if refused else 200)


@role_required(Role.ADMINISTRATOR)
@ask_first
def close(request: DeskRequest, person: UUID) -> HttpResponse:
    """Close an account, after a look at what would have nobody left."""
    found = _find(person)
    form = CloseAccount(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            left = leaving.close_account(
                actor=request.actor, person=found, reason=LeavingReason(form.cleaned_data["reason"])
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("The account is closed, and its access has ended."))
            _warn(request, left)
            return redirect("people:person", found.pk)
    ends = leaving.holdings(found)
    context = {
        "form": form,
        "person": found,
        "ends": len(ends),
        "left": [holding for holding in ends if holding.needs_somebody],
        "breadcrumb": _way(found, _("Close the account")),
    }
    return render(request, "people/close.html", context, status=422 if form.is_bound else 200)


@role_required(Role.ADMINISTRATOR)
@require_POST
def finish(request: DeskRequest, person: UUID) -> HttpResponse:
    """End what a closed account still holds and others hold by now."""
    found = _find(person)
    try:
        leaving.finish_departure(actor=request.actor, person=found)
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("What others hold by now has ended for the closed account."))
    return redirect("people:person", found.pk)


@role_required(Role.ADMINISTRATOR)
@ask_first
def invite(request: DeskRequest, person: UUID) -> HttpResponse:
    """Make the link for a first or a new key, and show it this once."""
    found = _find(person)
    mailable = bool(found.email) and invitations.mail_is_configured()
    context: dict[str, Any] = {
        "person": found,
        "mailable": mailable,
        "again": found.key_id is not None,
        "breadcrumb": _way(found, _("Link to choose a passphrase")),
    }
    if request.method != "POST":
        return render(request, "people/invite.html", context)
    by_mail = mailable and "by_mail" in request.POST
    verb = invitations.reset_key if found.key_id is not None else invitations.invite
    try:
        issued = verb(actor=request.actor, person=found, by_mail=by_mail)
    except Refusal as refusal:
        return render(request, "people/invite.html", {**context, "refused": refusal.sentence}, status=409)
    link = request.build_absolute_uri(reverse("people:welcome", args=[issued.token]))
    context |= {
        "link": link,
        "expires_at": issued.invitation.expires_at,
        "mailed": by_mail and invitations.send_link(issued, address=link),
        "wanted_mail": by_mail,
    }
    # Not a redirect: the token would have to wait somewhere for it.
    return render(request, "people/invited.html", context)


@role_required(Role.ADMINISTRATOR)
@require_POST
def cancel_invitation(request: DeskRequest, person: UUID) -> HttpResponse:
    """End a link that was not used yet."""
    found = _find(person)
    try:
        invitations.cancel(actor=request.actor, person=found)
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("The link does not work any more."))
    return redirect("people:person", found.pk)


def _find(person: UUID) -> User:
    return get_object_or_404(User.objects.select_related("office", "superior", "key"), pk=person)


def _way(found: User, here: str) -> list[tuple[str, str]]:
    return [
        (_("People"), reverse("people:people")),
        (found.name, reverse("people:person", args=[found.pk])),
        (here, ""),
    ]


def _form_page(
    request: DeskRequest, form: Any, *, title: str, button: str, found: User | None = None, back: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "button": button,
        "person": found,
        "back": back or (reverse("people:person", args=[found.pk]) if found else ""),
        "breadcrumb": _way(found, title) if found else [(_("People"), reverse("people:people")), (title, "")],
    }
    return render(request, "people/form.html", context, status=422 if form.is_bound else 200)


def _warn(request: DeskRequest, left: list[leaving.Holding]) -> None:
    """One message for each thing that must be looked after, with everything that it concerns."""
    names: dict[tuple[str, str], list[str]] = {}
    for holding in left:
        why = holding.lacks or _("Nobody else at the desk can open it.")
        names.setdefault((str(holding.kind), str(why)), []).append(holding.name)
    for (kind, why), concerned in names.items():
        shown = ", ".join(concerned[:NAMES])
        messages.warning(request, f"{kind} {shown}{' …' if len(concerned) > NAMES else ''}: {why}")


def _states() -> list[tuple[str, str]]:
    words = (_("With a role"), _("With a role, and no key yet"), _("Without a role"), _("Closed"))
    return list(zip(directory.STATES, words, strict=True))
