"""Forms of the people room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from integrity.ui.forms import Form


class OpenKeys(Form):
    """The passphrase alone."""

    passphrase = forms.CharField(
        label=_("Passphrase"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("It opens your keys. Nobody else can, so it takes a moment."),
    )


class SignIn(OpenKeys):
    """User name and passphrase."""

    field_order = ["username", "passphrase"]
    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
