"""Pages that show the rules: one for everybody, and the versions for staff."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from integrity.rules import tables
from integrity.rules.models import RulePack


def public(request: HttpRequest) -> HttpResponse:
    """What counts as misconduct and what may follow, by the rules in force today (R30)."""
    try:
        adopted = RulePack.objects.in_force()
    except RulePack.DoesNotExist:
        return render(request, "rules/none.html")
    return render(request, "rules/public.html", _in_full(adopted, code="public_programme:code", rules="public_rules"))


def source(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """The adopted text, byte for byte, so that anybody can compare its digest with the audit log's."""
    adopted = get_object_or_404(RulePack, name=name, version=version)
    return HttpResponse(
        adopted.source_bytes,
        content_type="application/toml",
        headers={"Content-Disposition": f'attachment; filename="{name}-{version}.toml"'},
    )


def versions(request: HttpRequest) -> HttpResponse:
    """All adopted versions, latest first."""
    try:
        in_force = RulePack.objects.in_force()
    except RulePack.DoesNotExist:
        in_force = None
    adopted = RulePack.objects.defer("content")
    return render(request, "rules/versions.html", {"adopted": adopted, "in_force": in_force})


def version(request: HttpRequest, name: str, version: str) -> HttpResponse:
    """One version in full."""
    adopted = get_object_or_404(RulePack, name=name, version=version)
    return render(request, "rules/version.html", _in_full(adopted, code="programme:code", rules="rules"))


def _in_full(adopted: RulePack, *, code: str, rules: str) -> dict[str, Any]:
    """The context of `rules/tables.html`, with the names of the code's page and of the rules on this site."""
    return {
        "adopted": adopted,
        "code_url": reverse(code),
        "source_url": reverse(f"{rules}:source", args=[adopted.name, adopted.version]),
        **tables.of(adopted.pack),
    }
