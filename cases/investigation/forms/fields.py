"""Fields that several forms of this room have: a past day, one file, a long text."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.ui.forms import DateField
from integrity.vault import limits
from integrity.vault.forms import SealedFilesField
from integrity.vault.uploads import SealedUpload

LONG = 20_000


class PastDayField(DateField):
    """A day up to today."""

    def clean(self, value: Any) -> date | None:
        """The day. Raises ValidationError for one that is still to come."""
        day: date | None = super().clean(value)
        if day is not None and day > clock.today():
            raise ValidationError(_("This day is still to come."), code="future")
        return day


class OneFileField(SealedFilesField):
    """At most one file; the cleaned value is a list of none or one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text=_LIMIT, required=False, **options)

    def clean(self, value: Any) -> list[SealedUpload]:
        """The file. Raises ValidationError for several; those that arrived are listed to choose from."""
        uploads = super().clean(value)
        if len(uploads) > 1:
            raise ValidationError(
                _("Only one file belongs here. Remove the others, and add each as an item of its own."),
                code="too_many",
            )
        return uploads


def long_text(label: Any, *, rows: int = 6, **options: Any) -> forms.CharField:
    """A field for a text of several paragraphs."""
    return forms.CharField(label=label, max_length=LONG, widget=forms.Textarea(attrs={"rows": rows}), **options)


def _limit_sentence() -> str:
    return _("One file of up to %(limit)s. It is encrypted while it arrives.") % {
        "limit": filesizeformat(limits.bytes_per_file())
    }


_LIMIT = lazy(_limit_sentence, str)()
CHOOSE = ("", gettext_lazy("Choose"))
