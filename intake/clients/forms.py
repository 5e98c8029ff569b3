"""The form for a new client of the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from intake.channels.models import Channel
from intake.clients.actions import LONGEST_NAME, MOST_PER_MINUTE
from intake.clients.models import ORIGINS
from integrity.ui.forms import Form


class NewClient(Form):
    """Who it is, by what ways it may send, and how often."""

    page = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name of the provider"), max_length=LONGEST_NAME)
    origin = forms.ChoiceField(
        label=_("How do its reports reach it?"),
        help_text=_("The desk shows it with each report. What is told by telephone can get a transcript."),
        choices=[(each.value, each.label) for each in ORIGINS],
        widget=forms.RadioSelect,
    )
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(),
        label=_("By which channels may it send?"),
        help_text=_("None chosen: by every channel that takes a report."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    per_minute = forms.IntegerField(
        label=_("How many requests in a minute?"), min_value=1, max_value=MOST_PER_MINUTE, initial=30
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["channels"].queryset = Channel.objects.all()  # type: ignore[attr-defined]
