"""The recovery ceremony: whether a lost passphrase would lose what it opened."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.setup.state import Finding, Step, done, still_open, warning
from integrity.recovery.coverage import coverage
from integrity.recovery.models import Ceremony

PAGE = "recovery:overview"


def check() -> Iterator[Finding]:
    """No ceremony, one that runs, or one in force with its proofs and what it covers."""
    in_force, running = Ceremony.objects.in_force(), Ceremony.objects.running()
    if in_force is None or in_force.key is None:
        if running is None:
            yield still_open(_("No recovery ceremony was held: a lost passphrase loses what it opened."), PAGE)
        else:
            waiting = running.custodians.filter(kept_on__isnull=True).count()
            told = {"state": running.get_state_display(), "count": waiting}
            yield still_open(
                _("A recovery ceremony is running (%(state)s); %(count)d custodians have not kept their words yet.")
                % told,
                PAGE,
            )
        return
    custodians = list(in_force.custodians.all())
    told = {"threshold": in_force.threshold, "count": len(custodians)}
    yield done(_("Any %(threshold)d of %(count)d custodians can recover.") % told, PAGE)
    old = sum(custodian.is_overdue for custodian in custodians)
    if old:
        yield warning(
            ngettext("%(count)d proof is overdue.", "%(count)d proofs are overdue.", old) % {"count": old}, PAGE
        )
    missing = coverage(in_force.key).missing
    if missing:
        yield still_open(
            ngettext(
                "%(count)d key is not within reach of recovery yet.",
                "%(count)d keys are not within reach of recovery yet.",
                missing,
            )
            % {"count": missing},
            PAGE,
        )


STEP = Step("recovery", gettext_lazy("Recovery"), check)
