"""Forms of the factors room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrity.ui.forms import Form

NAME = 60


def _code_field(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}),
    )


class GiveCode(Form):
    """The code of an app, or one of those for when it is lost, or what a passkey signed."""

    second_factor = _code_field(_("Code"), _("Six digits from your app, or the sixteen of a recovery code."))
    passkey = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        # One of the two is enough.
        self.fields["second_factor"].required = not (data and data.get("passkey"))


class SetUpApp(Form):
    """An app's name and its first code; the secret goes with the page until the app has shown that it knows it."""

    secret = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(
        label=_("Name of the device"),
        max_length=NAME,
        initial=_("My phone"),
        help_text=_("For yourself, if you have several."),
    )
    second_factor = _code_field(_("Code"), _("The six digits that the app shows now."))


class SetUpPasskey(Form):
    """A passkey's name, and what the browser says about it."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        max_length=NAME,
        initial=_("This device"),
        help_text=_("For yourself, if you have several."),
    )
    passkey = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
