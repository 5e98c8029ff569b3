"""Second factors: whether everybody who works at the desk has one that lasts."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.setup.state import Finding, Step, done, still_open
from integrity.factors.models import Factor
from integrity.people.models import Appointment, User

PAGE = "people:people"


def check() -> Iterator[Finding]:
    """Those with a role and a key who set up neither an app nor a passkey for this key."""
    held = Appointment.objects.in_force().values("person")
    factors = Factor.objects.lasting().filter(person=OuterRef("pk"), key=OuterRef("key"))
    lacking = User.objects.filter(pk__in=held, is_active=True, key__isnull=False).filter(~Exists(factors))
    count = lacking.count()
    if count:
        yield still_open(
            ngettext(
                "%(count)d person has a passphrase and no second factor yet.",
                "%(count)d people have a passphrase and no second factor yet.",
                count,
            )
            % {"count": count},
            PAGE,
        )
    elif Factor.objects.lasting().filter(key=F("person__key")).exists():
        yield done(_("Everybody who chose a passphrase has a second factor."))
    else:
        yield still_open(_("Nobody has a second factor yet."), PAGE)


STEP = Step("factors", gettext_lazy("Second factors"), check)
