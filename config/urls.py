"""Every address of the product. The language is in the address (`/ar/report/`), so that no cookie is needed."""

from importlib.util import find_spec

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from cases import views as cases
from config.health import health

portal: list[URLPattern | URLResolver] = []
desk: list[URLPattern | URLResolver] = [path("desk/", cases.desk, name="desk")]
api: list[URLPattern | URLResolver] = []


def _mount(where: list[URLPattern | URLResolver], prefix: str, module: str) -> None:
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found:
        where.append(path(prefix, include(module)))


_mount(portal, "", "intake.portal.urls")
_mount(portal, "decisions/", "cases.publication.public_urls")
_mount(portal, "rules/", "integrity.rules.public_urls")
_mount(portal, "code/", "integrity.programme.public_urls")
_mount(desk, "desk/", "integrity.people.urls")
_mount(desk, "desk/", "cases.urls")
_mount(desk, "desk/", "cases.triage.urls")
_mount(desk, "desk/", "cases.investigation.urls")
_mount(desk, "desk/", "cases.discipline.urls")
_mount(desk, "desk/", "cases.appeals.urls")
_mount(desk, "desk/register/", "cases.publication.urls")
_mount(desk, "desk/summary/", "cases.statistics.urls")
_mount(desk, "desk/audit/", "audit.console.urls")
_mount(desk, "desk/rules/", "integrity.rules.urls")
_mount(desk, "desk/", "integrity.programme.urls")
_mount(api, "api/v1/", "config.api_urls")

if settings.DEMONSTRATION:
    from config.demonstration.views import clock_page

    desk.append(path("desk/demonstration/", clock_page, name="demonstration_clock"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health),
    *api,
    *i18n_patterns(
        *(portal if settings.SITE in {"all", "portal"} else []),
        *(desk if settings.SITE in {"all", "desk"} else []),
        prefix_default_language=False,
    ),
]

handler400 = "integrity.ui.errors.bad_request"
handler403 = "integrity.ui.errors.permission_denied"
handler404 = "integrity.ui.errors.page_not_found"
handler500 = "integrity.ui.errors.server_error"
