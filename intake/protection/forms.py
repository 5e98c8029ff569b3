"""The forms of this room's page in the inbox."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from intake.channels.fields import text_field
from intake.portal.forms import LONGEST_MESSAGE
from intake.protection.actions import Told
from intake.protection.models import DetrimentKind
from integrity.ui import forms as ui

LONGEST_LINE: Final = 500


class AboutOfficers(TextChoices):
    """Whether it is about who would get it."""

    NO = "no", _("No")
    YES = "yes", _("Yes, or I am not sure")


class DetrimentForm(ui.Form):
    """What is done to somebody, in one step. Only what happened must be told."""

    kinds = forms.MultipleChoiceField(
        label=_("What is done to you?"),
        help_text=_("Choose what fits."),
        choices=DetrimentKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    what = text_field(
        label=_("What happened?"),
        hint=_("One sentence is enough to begin; you can add more later."),
        longest=LONGEST_MESSAGE,
        lines=6,
        required=True,
    )
    since = text_field(label=_("Since when?"), longest=LONGEST_LINE)
    who = text_field(
        label=_("Who does it?"), hint=_("A name, an office or a role, if you want to say."), longest=LONGEST_LINE
    )

    def __init__(self, *arguments: Any, has_officers: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["what"].error_messages["required"] = str(_("Tell us in a sentence what happened."))
        if has_officers:
            self.fields["officers"] = forms.ChoiceField(
                label=_("Is it about a protection officer, or somebody close to one?"),
                help_text=_("If it is, they do not get it, and those who have your report do."),
                choices=AboutOfficers.choices,
                initial=AboutOfficers.NO,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one, so that it does not reach the wrong people.")},
            )

    @property
    def told(self) -> Told:
        """What is sealed, once the form is valid."""
        given = self.cleaned_data
        return Told(what=given["what"], kinds=tuple(given["kinds"]), since=given["since"], who=given["who"])

    @property
    def about_officers(self) -> bool:
        """Whether the protection officers must not get it."""
        return bool(self.cleaned_data.get("officers") == AboutOfficers.YES)


class WriteForm(ui.Form):
    """Words about a detriment that was told before."""

    text = text_field(label=_("Your message"), longest=LONGEST_MESSAGE, lines=4, required=True)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["text"].error_messages["required"] = str(_("Write something first."))
