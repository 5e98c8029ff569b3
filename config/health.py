"""Whether this process can serve: for the proxy and the container engine; and whether the log was found wrong."""

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from audit.log import verifying
from audit.log.verified import Verdict

LOG_IS_WRONG = "ok, but the log does not agree with what was signed"


def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 when not.

    A log that was found wrong is said in the answer, which stays 200: whoever changes one row of the log must not
    close the way for reports. The portal alone cannot say it: it may not read the verifications.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        last = verifying.latest() if settings.SITE != "portal" else None
    except Error:
        return HttpResponse("database", status=503, content_type="text/plain")
    told = LOG_IS_WRONG if last is not None and last.verdict == Verdict.WRONG else "ok"
    return HttpResponse(told, content_type="text/plain")
