"""The portal's forms. None has a limit that a browser would enforce by cutting off what somebody pastes."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from intake.channels.questionnaire import Kind
from intake.channels.standard import STANDARD
from intake.portal.models import Path
from intake.portal.questions import CONCERNS, Concerns
from intake.portal.receipt import NotAReceipt, Receipt
from integrity.ui import forms as ui
from integrity.vault.forms import SealedFilesField

QUESTIONS = [question for question in STANDARD.questions if question.kind != Kind.FILES]
LONGEST_MESSAGE = 50_000
LONGEST_IDENTITY = 500


class NotTooLong(MaxLengthValidator):
    """Says how much is too much, and that the rest can follow."""

    message = ngettext_lazy(
        "This is longer than the %(limit_value)d character that fits here: it has %(show_value)d. "
        "Send the rest through your inbox, or as a file.",
        "This is longer than the %(limit_value)d characters that fit here: it has %(show_value)d. "
        "Send the rest through your inbox, or as a file.",
        "limit_value",
    )


def text_field(*, label: Any, hint: Any = "", longest: int, lines: int = 1, required: bool = False) -> forms.CharField:
    """A field for words: one line, or as many as are typed."""
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        validators=[NotTooLong(longest)],
        widget=forms.Textarea({"rows": lines, **attributes}) if lines > 1 else forms.TextInput(attributes),
    )


def files_field() -> SealedFilesField:
    """Files for a report or a message."""
    return SealedFilesField(label=_("Files"), required=False)


class ReportForm(ui.Form):
    """Everything a report is asked, on one page."""

    sections = [
        (
            _("You and this report"),
            _("Two questions, so that your report reaches the right people and nobody else."),
            ["path", CONCERNS.name],
        ),
        (
            _("What you want to tell us"),
            _("Only the first box must be filled in. Leave out what you do not know or would rather not say."),
            [question.name for question in QUESTIONS],
        ),
        (
            _("Photos, papers, recordings"),
            _(
                "Files are encrypted while they arrive. Photos and documents can hold hidden details, such as a name "
                "or the place where they were made: send them only if you are sure, or describe them instead."
            ),
            ["files"],
        ),
        (
            _("Your name, only if you wish"),
            _(
                "You can stay anonymous and we will still work on your report and talk with you. What you write "
                "here is encrypted for one person, the identity custodian, who does not work on reports. Those who "
                "read your report see only that a name was given. Together with a second person, the custodian can "
                "release it to one of them for a short time, and you are told in your inbox. Once sent, you cannot "
                "open it yourself."
            ),
            ["name", "contact"],
        ),
    ]

    path = forms.ChoiceField(
        label=_("Who are you?"),
        help_text=_("Nobody is asked to prove it. It only tells us from which side you saw it."),
        choices=Path.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one. It does not say who you are.")},
    )
    concerns = forms.ChoiceField(
        label=CONCERNS.label,
        help_text=CONCERNS.hint,
        choices=Concerns.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one, so that your report does not reach the wrong people.")},
    )
    files = files_field()  # type: ignore[assignment]
    name = text_field(label=_("Your name"), longest=LONGEST_IDENTITY)
    contact = text_field(
        label=_("How the custodian could reach you"),
        hint=_("A private telephone number or address, never one at work."),
        longest=LONGEST_IDENTITY,
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for question in QUESTIONS:
            self.fields[question.name] = text_field(
                label=question.label,
                hint=question.hint,
                longest=question.longest,
                lines=question.lines,
                required=question.required,
            )
        self.fields["what"].error_messages["required"] = str(
            _("Tell us what happened. One sentence is enough to begin; you can add more later.")
        )
        self.order_fields(["path", "concerns", *(question.name for question in QUESTIONS), "files", "name", "contact"])

    @property
    def answers(self) -> dict[str, str]:
        """What is sealed as `Report.answers`, once the form is valid."""
        names = [CONCERNS.name, *(question.name for question in QUESTIONS)]
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    @property
    def identity(self) -> str:
        """What is sealed for the identity custodian: name and contact, one below the other."""
        return "\n".join(part for part in (self.cleaned_data["name"], self.cleaned_data["contact"]) if part)

    @property
    def independent(self) -> bool:
        """Whether the independent channel must take the report."""
        return Concerns(self.cleaned_data["concerns"]).independent


class ReceiptForm(ui.Form):
    """A receipt, as it was written down."""

    receipt = forms.CharField(
        label=_("Your receipt"),
        help_text=_("24 digits. Spaces and dashes do not matter, and any script's digits will do."),
        strip=True,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", "class": "receipt-input"}
        ),
        error_messages={"required": _("Type the 24 digits of your receipt.")},
    )

    def clean_receipt(self) -> Receipt:
        """The receipt. What has not its form is told how many digits it has."""
        try:
            return Receipt.parse(self.cleaned_data["receipt"])
        except NotAReceipt as error:
            raise ValidationError(error.sentence, code="malformed") from error

    def refuse(self) -> None:
        """Say that no report has this receipt; the same whether it never existed or was mistyped."""
        self.add_error(
            "receipt",
            ValidationError(
                _(
                    "No report opens with this receipt. Compare it with what you wrote down, group by group: "
                    "often a single digit is different."
                ),
                code="unknown",
            ),
        )


class TypedBackForm(ReceiptForm):
    """The receipt typed back, to show that it was kept."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["receipt"]
        field.label = _("Type your receipt here")
        field.help_text = _("From your paper or file, not from this page: this shows that you can read what you kept.")

    def matches(self, receipt: Receipt) -> bool:
        """Whether it is the right one; otherwise the form says so."""
        if self.is_valid() and self.cleaned_data["receipt"] == receipt:
            return True
        if not self.errors:
            self.add_error(
                "receipt",
                _(
                    "This is not the receipt that is shown above. Compare the groups one by one and type it again; "
                    "nothing is lost."
                ),
            )
        return False


class MessageForm(ui.Form):
    """Words and files for the conversation."""

    text = text_field(label=_("Your message"), longest=LONGEST_MESSAGE, lines=6)
    files = files_field()  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        """Something must be sent."""
        cleaned = cast(dict[str, Any], super().clean())
        if not self.errors and not cleaned.get("text") and not cleaned.get("files"):
            self.add_error("text", _("Write something, or choose a file."))
        return cleaned
