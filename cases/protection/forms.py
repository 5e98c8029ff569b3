"""What is written to a reporting person about a detriment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrity.ui.forms import Form

LONGEST = 20_000


class WriteForm(Form):
    """A message; `needed` when a step cannot be taken without one."""

    text = forms.CharField(
        label=_("Message to the reporting person"),
        help_text=_("They read it in their inbox. Do not ask for what could tell you who they are."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *arguments: Any, needed: bool = True, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["text"].required = needed
