"""The form for what somebody told the office: the channel's own questions, and how it was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from audit import clock
from intake.channels.concerns import CONCERNS, Concerns
from intake.channels.forms import language_name
from intake.channels.models import Channel
from intake.channels.paths import Path
from intake.channels.routing import closed, readers_of
from intake.entry.actions import EARLIEST, ORIGINS, Told
from intake.portal.asking import CHANNEL, IDENTITY, PATH, TOGETHER, Asking, Data
from intake.portal.forms import ReportForm
from intake.portal.models import Origin
from integrity.action import Incomplete
from integrity.people.models import User
from integrity.ui import forms as ui

HOW: Final = ("origin", "received_on", "language")
RECEIPT: Final = "receipt"
# From which side somebody saw it, told by another person than themselves.
SIDES: Final = {
    Path.PUBLIC: gettext_lazy("A member of the public"),
    Path.STAFF: gettext_lazy("Somebody who works here"),
    Path.PARTNER: gettext_lazy("A business partner: broker, trader, carrier, supplier"),
}


class EntryForm(ReportForm):
    """What was told and how. Only the first part is there until it is known which channel takes it."""

    def __init__(self, data: Data | None = None, files: Any = None, *, asking: Asking, **named: Any) -> None:
        super().__init__(data, files, asking=asking, **named)
        self.fields["origin"] = forms.ChoiceField(
            label=_("How did it reach you?"),
            choices=[(each.value, each.label) for each in ORIGINS],
            widget=forms.RadioSelect,
        )
        self.fields["received_on"] = ui.DateField(
            label=_("On which day?"),
            help_text=_("The day on which the office received it. The time to acknowledge it runs from there."),
            initial=clock.today(),
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("In which language would they read an answer?"),
            choices=[(code, language_name(code)) for code, _english in settings.LANGUAGES],
            initial=get_language(),
        )
        self.fields[RECEIPT] = forms.BooleanField(
            label=_("The person does not want a receipt, or cannot be given one"),
            help_text=_("Then nobody can ever open the inbox of this report, and answers reach nobody."),
            required=False,
        )
        self._speak_of_somebody_else()

    def _speak_of_somebody_else(self) -> None:
        """The words of the portal speak to the reporting person; here an officer answers for them."""
        side = self.fields.get(PATH)
        if isinstance(side, forms.ChoiceField):
            side.label, side.help_text = _("Who told it?"), _("As they say. Nobody is asked to prove it.")
            side.choices = [(path.value, label) for path, label in SIDES.items()]
            side.error_messages["required"] = _("Choose one.")
        if CONCERNS.name in self.fields:
            self.fields[CONCERNS.name].help_text = _(
                "If it is, it goes by an independent channel, to the people appointed for it; others cannot open it. "
                "If you are not sure, choose “Yes”."
            )
        if CHANNEL in self.fields:
            self.fields[CHANNEL].label = _("What is it about?")
            self.fields[CHANNEL].help_text = _("Each of these is read by people of its own. Choose the closest.")
        if "name" in self.fields:
            self.fields["name"].label = _("Their name")
            self.fields["contact"].label = _("How the custodian could reach them")

    def laid_out(self) -> list[ui.Section]:
        """How it was told first, what was told after it."""
        files = self.asking.files_name
        asked = [question.name for question in self.asking.questions if question.name != files]
        way = [*HOW, PATH, CONCERNS.name, *([CHANNEL] if CHANNEL in self.fields else [])]
        named: list[tuple[tuple[Any, Any], Sequence[str]]] = [((_("How it was told"), ""), way)]
        if self.asks_everything:
            hint = _("In the words of the person, as far as you can. Leave out what they did not tell.")
            named += [((_("What was told"), hint), asked)]
            if files:
                hint = _("A letter can be scanned. Files are encrypted while they arrive.")
                named += [((_("Files"), hint), [files])]
            hint = _(
                "Only if they wish. It is encrypted for the identity custodian; nobody else can open it, and neither "
                "can you once it is sent. Write it here and nowhere else: keep no note of who it was."
            )
            named += [((_("Their name"), hint), TOGETHER[IDENTITY]), ((_("Receipt"), ""), [RECEIPT])]
        return [ui.Section(*words, [self[name] for name in names]) for words, names in named if names]

    @property
    def asks_everything(self) -> bool:
        """Whether it is known what there is to ask."""
        return self.asking.channel is not None and bool(self.asking.path)

    def clean_received_on(self) -> date:
        """A day that has begun, and that is not a slip of the keys."""
        day: date = self.cleaned_data["received_on"]
        if day > clock.today():
            raise ValidationError(_("This day is still to come."))
        if day < EARLIEST:
            raise ValidationError(_("This day is too long ago."))
        return day

    @property
    def told(self) -> Told:
        """What is entered, once the form is valid. Raises Incomplete when no channel takes it."""
        given = self.cleaned_data
        if self.asking.channel is None:
            raise Incomplete(self.asking.closed or closed(independent=Concerns(given[CONCERNS.name]).independent))
        return Told(
            origin=Origin(given["origin"]),
            received_on=given["received_on"],
            path=Path(given[PATH]),
            language=given["language"],
            channel=self.asking.channel,
            questions=self.asking.version,
            answers=self.answers,
            identity=self.identity,
            files=self.uploads,
            wants_receipt=not given[RECEIPT],
        )


def asking_for(data: Data) -> Asking:
    """What is asked after these answers, of channels that speak the language of the reporting person."""
    language = data.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return Asking.after(data)
    with override(language):
        asking = Asking.after(data)
    if asking.closed:
        return replace(asking, closed=closed(independent=Concerns(str(data[CONCERNS.name])).independent))
    return asking


def closed_to(person: User, channels: Sequence[Channel]) -> list[Channel]:
    """Those of the channels that this person does not receive, and whose reports they cannot open afterwards."""
    return [channel for channel in channels if person.pk not in {each.pk for each in readers_of(channel)}]
