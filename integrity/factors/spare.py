"""An administrator's page: a code for one sign-in, for somebody whose second factor is lost."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from integrity.action import Refusal
from integrity.factors import actions, codes
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.models import User
from integrity.people.roles import Role


@role_required(Role.ADMINISTRATOR)
@ask_first
def spare_code(request: DeskRequest, person: UUID) -> HttpResponse:
    """Make the code and show it, once."""
    found = get_object_or_404(User.objects.select_related("office", "key"), pk=person)
    code = refused = ""
    if request.method == "POST":
        try:
            code = codes.grouped(actions.make_spare(actor=request.actor, person=found))
        except Refusal as refusal:
            refused = str(refusal.sentence)
    context = {
        "person": found,
        "code": code,
        "refused": refused,
        "breadcrumb": [
            (_("People"), reverse("people:people")),
            (found.name, reverse("people:person", args=[found.pk])),
            (_("A code for one sign-in"), ""),
        ],
    }
    return render(request, "factors/spare_code.html", context, status=422 if refused else 200)
