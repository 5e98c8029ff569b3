"""What the list of entries can be narrowed by."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.log.events import registered


def _day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class FilterForm(forms.Form):
    """Filters of the list; every one is optional and is backed by an index."""

    type = forms.ChoiceField(label=_("Kind"), required=False)
    object = forms.CharField(label=_("About"), required=False, max_length=200)
    actor = forms.CharField(label=_("By"), required=False, max_length=200)
    since = forms.DateField(label=_("From"), required=False, widget=_day_input(), input_formats=["%Y-%m-%d"])
    until = forms.DateField(label=_("To"), required=False, widget=_day_input(), input_formats=["%Y-%m-%d"])

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        kinds = cast(forms.ChoiceField, self.fields["type"])
        kinds.choices = [("", _("Every kind")), *((name, name) for name in registered())]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first day."))
        return cleaned
