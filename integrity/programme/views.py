"""Pages of the code of conduct: for everybody, for each member of staff, and for the programme officer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from integrity.action import Refusal
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.programme import actions, coverage
from integrity.programme.forms import Acknowledge
from integrity.programme.models import Acknowledgement, CodeDocument


def public_code(request: HttpRequest) -> HttpResponse:
    """The code of conduct in force, for everybody (R16, R30)."""
    return render(request, "programme/public_code.html", {"document": _in_force()})


def code(request: DeskRequest) -> HttpResponse:
    """Read the code in force, answer its question and acknowledge it (R14)."""
    document = _in_force()
    if document is None:
        return render(request, "programme/code.html", {"document": None})
    given = Acknowledgement.objects.of(request.user, document)
    form = Acknowledge(request.POST if request.method == "POST" else None, question=document.code.question)
    if request.method == "POST" and form.is_valid():
        try:
            actions.acknowledge(actor=request.actor, document=document, answer=form.cleaned_data["answer"])
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            answer = document.code.question.answer(form.cleaned_data["answer"])
            feedback = answer.feedback if answer else ""
            messages.success(
                request, _("Right. %(feedback)s Your acknowledgement is recorded.") % {"feedback": feedback}
            )
            return redirect("programme:code")
    context = {"document": document, "given": given, "form": form}
    return render(request, "programme/code.html", context, status=422 if form.is_bound else 200)


@role_required(Role.PROGRAMME)
def overview(request: DeskRequest) -> HttpResponse:
    """Who has not acknowledged the code in force, by office."""
    document = _in_force()
    if document is None:
        return render(request, "programme/programme.html", {"document": None})
    office = request.GET.get("office", "")
    offices = coverage.by_office(document)
    page = coverage.missing(document, office=office, after=request.GET.get("after", ""))
    context = {
        "document": document,
        "offices": offices,
        "office": office,
        "staff": sum(each.staff for each in offices),
        "acknowledged": sum(each.acknowledged for each in offices),
        "page": page,
        "next_url": f"?{urlencode({'office': office, 'after': page.following})}" if page.following else "",
    }
    return render(request, "programme/programme.html", context)


def _in_force() -> CodeDocument | None:
    try:
        return CodeDocument.objects.in_force()
    except CodeDocument.DoesNotExist:
        return None
