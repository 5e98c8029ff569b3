"""The console alone, without the floors above it; whoever says they are an auditor is one."""

import sys
from types import ModuleType

from django.core.exceptions import PermissionDenied
from django.urls import include, path


def mount(settings, monkeypatch) -> None:
    """Serve the console and nothing else until the test ends."""
    access = ModuleType("access_of_the_test")

    def decide(request):
        if request.headers.get("Test-Role") != "auditor":
            raise PermissionDenied
        return "person/auditor"

    access.decide = decide
    monkeypatch.setitem(sys.modules, access.__name__, access)
    site = ModuleType("site_of_the_test")
    site.urlpatterns = [path("desk/audit/", include("audit.console.urls"))]
    settings.ROOT_URLCONF = site
    settings.AUDIT_CONSOLE_ACCESS = "access_of_the_test.decide"
    settings.AUDIT_CONSOLE_EXPORT_ACCESS = "access_of_the_test.decide"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    templates = dict(settings.TEMPLATES[0])
    templates["OPTIONS"] = {
        "context_processors": ["django.template.context_processors.request", "integrity.ui.context.ui"]
    }
    settings.TEMPLATES = [templates]
