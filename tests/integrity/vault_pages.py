"""A page with a form like those of the product: one text that must be filled in, and files."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from integrity.vault.files import download_response, keep
from integrity.vault.forms import SealedFilesField
from integrity.vault.models import StoredFile
from tests.integrity import vault_scene

OWNER: dict[str, object] = {}


class ReportForm(forms.Form):
    """What happened, and files; files may be left out."""

    text = forms.CharField()
    files = SealedFilesField(label="Files", required=False)


class EvidenceForm(forms.Form):
    """Files that must be there."""

    files = SealedFilesField(label="Evidence")


@csrf_exempt
def report(request: HttpRequest) -> HttpResponse:
    """Send the form; the answer says what was kept."""
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with vault_scene.recorded():
            stored = [keep(upload, owner_key=OWNER["keyring"].key) for upload in form.cleaned_data["files"]]
        return JsonResponse({"kept": [str(one.pk) for one in stored]})
    page = engines["django"].from_string(
        "<!doctype html><title>Report</title><form method=post enctype=multipart/form-data>{{ form }}</form>"
    )
    return HttpResponse(page.render({"form": form}, request), status=422 if form.is_bound else 200)


@csrf_exempt
def elsewhere(request: HttpRequest) -> HttpResponse:
    """A page that wants no files."""
    return JsonResponse(sorted(request.FILES), safe=False)


def download(request: HttpRequest, pk: str) -> HttpResponseBase:
    """The file back."""
    return download_response(StoredFile.objects.get(pk=pk), OWNER["keyring"])


urlpatterns = [
    path("report/", report),
    path("elsewhere/", elsewhere),
    path("download/<uuid:pk>/", download),
]
