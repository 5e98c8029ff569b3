"""The register as an Atom 1.0 feed (RFC 4287), dated to the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from cases.publication.models import Publication
from cases.publication.public_views import address_of, for_everybody, register_rows
from cases.publication.wording import worded

LATEST = 50


class DatedToTheDay(Atom1Feed):
    """Atom whose own date is a day as well."""

    def latest_post_date(self) -> datetime:
        """Midnight of the newest entry's day, of today without an entry."""
        return datetime.combine(super().latest_post_date().date(), time(0), tzinfo=UTC)


class Decisions(Feed):
    """The latest decisions of the public register."""

    feed_type = DatedToTheDay

    def title(self) -> str:
        """The feed's title."""
        return _("Published decisions of %(institution)s") % {"institution": settings.INSTITUTION_NAME}

    def subtitle(self) -> str:
        """What the feed is."""
        return _("Final decisions on serious misconduct, anonymised.")

    def author_name(self) -> str:
        """RFC 4287 asks for an author."""
        return str(settings.INSTITUTION_NAME)

    def link(self) -> str:
        """The register's page."""
        return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('publication:register')}"

    def feed_url(self) -> str:
        """The feed's own address."""
        return f"{settings.PUBLIC_URL.rstrip('/')}{reverse('publication:feed')}"

    def items(self) -> list[Publication]:
        """The latest decisions."""
        return list(register_rows().order_by("-published_on", "-pk")[:LATEST])

    def item_title(self, item: Publication) -> str:
        """The offence."""
        return str(item.pack.pack.offence(item.offence).title)

    def item_description(self, item: Publication) -> str:
        """What followed, when and where, in a line."""
        words = worded(item.entry, item.pack.pack)
        return " · ".join([words.gravity, words.sanction, words.period, words.place, words.appeal])

    def item_link(self, item: Publication) -> str:
        """The decision's page."""
        return address_of(item)

    def item_pubdate(self, item: Publication) -> datetime:
        """Midnight of the day of publication."""
        return _midnight(item.published_on)

    def item_updateddate(self, item: Publication) -> datetime:
        """An entry does not change once published."""
        return _midnight(item.published_on)


def _midnight(day: date | None) -> datetime:
    if day is None:
        raise LookupError("Only a published decision is in the feed.")
    return datetime.combine(day, time(0), tzinfo=UTC)


_feed = Decisions()


@for_everybody
def feed(request: HttpRequest) -> Any:
    """The feed in the language of its address."""
    return _feed(request)
