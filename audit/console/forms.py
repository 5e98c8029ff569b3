"""What the list of entries can be narrowed by, and the span that patterns are looked for in."""

from datetime import date, timedelta
from typing import Any, Final, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from audit import clock
from audit.log.events import registered
from audit.log.evidence import objects_of

LONGEST: Final = 31
USUAL: Final = 7


def _day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=_day_input(),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))],
    )


def _time(label: Any) -> forms.TimeField:
    field = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, required=False, widget=field, input_formats=["%H:%M"])


class FilterForm(forms.Form):
    """Filters of the list; every one is optional and is backed by an index."""

    type = forms.ChoiceField(label=_("Kind"), required=False)
    object = forms.CharField(label=_("About"), required=False, max_length=200)
    actor = forms.CharField(label=_("By"), required=False, max_length=200)
    since = _day(_("From"))
    since_time = _time(_("From, at (UTC)"))
    until = _day(_("To"))
    until_time = _time(_("To, at (UTC)"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        kinds = cast(forms.ChoiceField, self.fields["type"])
        kinds.choices = [("", _("Every kind")), *((name, name) for name in registered())]

    def clean_object(self) -> str:
        """A matter may be given by the name that people use for it; the log knows it by its pseudonym."""
        typed = str(self.cleaned_data["object"])
        if not typed or "/" in typed:
            return typed
        found = objects_of(typed)
        return found[0] if len(found) == 1 else typed

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, and a time without its day."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        for name in ("since", "until"):
            if cleaned.get(f"{name}_time") and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Choose the day as well."))
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first day."))
        start, end = cleaned.get("since_time"), cleaned.get("until_time")
        if since and since == until and start and end and end < start:
            self.add_error("until_time", _("The last minute is before the first."))
        return cleaned


class SpanForm(forms.Form):
    """The days to look at; a week when none are given, and a month at most."""

    since = _day(_("From"))
    until = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        """Fill in what is missing; refuse a span that is too long or ends before it begins."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        until = cleaned.get("until") or clock.now().date()
        since = cleaned.get("since") or until - timedelta(days=USUAL - 1)
        if until < since:
            self.add_error("until", _("The last day is before the first day."))
        elif (until - since).days >= LONGEST:
            self.add_error("since", _("Choose a month at most: 31 days."))
        return {**cleaned, "since": since, "until": until}
