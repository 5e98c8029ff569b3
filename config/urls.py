"""Every address of the product. The language is in the address (`/ar/report/`), so that no cookie is needed."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path

from audit.console import overviews
from cases import views as cases
from config.health import health
from config.languages import languages
from integrity.people.access import ask_first
from integrity.ui.robots import robots
from integrity.ui.style import style

portal: list[URLPattern | URLResolver] = [
    path("", include("intake.portal.urls")),
    path("inbox/", include("intake.followup.urls")),
    path("inbox/", include("intake.protection.urls")),
    path("decisions/", include("cases.publication.public_urls")),
    path("rules/", include("integrity.rules.public_urls")),
    path("code/", include("integrity.programme.public_urls")),
]
desk: list[URLPattern | URLResolver] = [
    path("desk/", cases.desk, name="desk"),
    path("desk/", include("integrity.people.urls")),
    path("desk/", include("integrity.factors.urls")),
    path("desk/", include("integrity.federation.urls")),
    path("desk/", include("integrity.digest.urls")),
    path("desk/recovery/", include("integrity.recovery.urls")),
    path("desk/", include("cases.urls")),
    path("desk/", include("cases.triage.urls")),
    path("desk/identities/", include("cases.identities.urls")),
    path("desk/protection/", include("cases.protection.urls")),
    path("desk/", include("cases.investigation.urls")),
    path("desk/", include("cases.discipline.urls")),
    path("desk/", include("cases.appeals.urls")),
    path("desk/register/", include("cases.publication.urls")),
    path("desk/summary/", include("cases.statistics.urls")),
    # The console knows no people: that a selection needs the second factor again is said here and in the access to it.
    path("desk/audit/selection/", ask_first(overviews.selection)),
    path("desk/audit/", include("audit.console.urls")),
    path("desk/rules/", include("integrity.rules.urls")),
    path("desk/", include("integrity.programme.urls")),
    path("desk/channels/", include("intake.channels.urls")),
    path("desk/entry/", include("intake.entry.urls")),
    path("desk/clients/", include("intake.clients.urls")),
    path("desk/posters/", include("intake.posters.urls")),
    path("desk/setup/", include("config.setup.urls")),
    path("desk/languages/", languages, name="languages"),
]
if settings.DEMONSTRATION:
    from config.demonstration.views import clock_page

    desk.append(path("desk/demonstration/", clock_page, name="demonstration_clock"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health),
    path("robots.txt", robots),
    path("style.css", style, name="style"),
    path("log/", include("audit.log.public_urls")),
    path("api/v1/", include("config.api_urls")),
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
