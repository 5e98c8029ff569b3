"""The portal's forms. None has a limit that a browser would enforce by cutting off what somebody pastes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from intake.channels.answers import told
from intake.channels.concerns import CONCERNS
from intake.channels.fields import field_for, text_field
from intake.channels.paths import Path
from intake.channels.questionnaire import Kind
from intake.channels.routing import mixed, mixes_readers
from intake.channels.standard import STANDARD
from intake.portal.asking import CHANNEL, IDENTITY, PATH, TOGETHER, Asking
from intake.portal.promises import recoverable
from intake.portal.receipt import NotAReceipt, PageSecret, Receipt
from integrity.ui import forms as ui
from integrity.vault.forms import SealedFilesField

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answer
    from integrity.vault.uploads import SealedUpload

QUESTIONS: Final = [question for question in STANDARD.questions if question.kind != Kind.FILES]
LONGEST_MESSAGE: Final = 50_000
LONGEST_IDENTITY: Final = 500

# Title and hint of what is asked together on the long page, and of the pages of their own.
ABOUT_YOU: Final = (
    _("You and this report"),
    _("A few questions first, so that your report reaches the right people and nobody else."),
)
WHAT: Final = (
    _("What you want to tell us"),
    _("Leave out what you do not know or would rather not say."),
)
FILES: Final = (
    _("Photos, papers, recordings"),
    _(
        "Files are encrypted while they arrive. Photos and documents can hold hidden details, such as a name "
        "or the place where they were made: send them only if you are sure, or describe them instead."
    ),
)
WHO: Final = (
    _("Your name, only if you wish"),
    _(
        "You can stay anonymous and we will still work on your report and talk with you. What you write "
        "here is encrypted for the identity custodian, who does not work on reports. Those who "
        "read your report see only that a name was given. Together with a second person, the custodian can "
        "release it to one of them for a short time, and you are told in your inbox. Once sent, you cannot "
        "open it yourself."
    ),
)


SPELLING: Final = _(
    "Spelling does not matter. Help with it is off here, because some browsers send what you type to another company "
    "for it."
)


def files_field() -> SealedFilesField:
    """Files for a message."""
    return SealedFilesField(label=_("Files"), required=False)


def told_who() -> tuple[str, str]:
    """Title and hint of the name: who can open it today."""
    title, hint = WHO
    return str(title), " ".join(filter(None, [str(hint), recoverable()]))


@dataclass(frozen=True)
class Row:
    """One line of the review: a question by its name, and what stands under it; `text` is empty where nothing does."""

    name: str
    label: str
    text: str
    errors: tuple[str, ...]
    files: tuple[SealedUpload, ...] = ()
    is_files: bool = False

    @property
    def error_target(self) -> str:
        """The id of the line, for the list of errors."""
        return f"answer-{self.name}"


class ReportForm(ui.Form):
    """What is asked of somebody, as `asking` says: everything, or `only` the steps of these names.

    Questions in `fresh` are marked as new. A quiet form shows what stands in it and finds nothing wrong with it.
    """

    def __init__(
        self,
        *arguments: Any,
        asking: Asking,
        only: Collection[str] = (),
        fresh: Collection[str] = (),
        quiet: bool = False,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self.asking, self._only, self._quiet = asking, only, quiet
        for name in asking.steps:
            if not only or name in only:
                self._add(name, is_new=name in fresh)

    def _add(self, name: str, *, is_new: bool) -> None:
        if name == PATH:
            self.fields[name] = _path_field()
        elif name == CONCERNS.name:
            self.fields[name] = field_for(CONCERNS)
            if mixes_readers(self.asking.path):
                self.fields[name].help_text += f" {mixed()}"
            self.fields[name].error_messages["required"] = gettext(
                "Choose one, so that your report does not reach the wrong people."
            )
        elif name == CHANNEL:
            self.fields[name] = _channel_field(self.asking)
        elif name == IDENTITY:
            self.fields["name"] = text_field(label=_("Your name"), longest=LONGEST_IDENTITY)
            self.fields["contact"] = text_field(
                label=_("How the custodian could reach you"),
                hint=_("A private telephone number or address, never one at work."),
                longest=LONGEST_IDENTITY,
            )
        else:
            self.fields[name] = field_for(self.asking.questionnaire[name])
            if name == self.asking.first_long:
                self.fields[name].help_text = f"{self.fields[name].help_text} {SPELLING}".strip()
        if is_new:
            field = self.fields[name]
            field.label = format_html('{} <span class="tag tag--active">{}</span>', field.label or "", gettext("New"))

    def full_clean(self) -> None:
        """Look for errors, unless nobody asked for them."""
        if self._quiet:
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def clean(self) -> dict[str, Any]:
        """No channel may be open to somebody: then it is said before they write more."""
        cleaned = cast(dict[str, Any], super().clean())
        if self.asking.closed and CONCERNS.name in self.fields:
            self.add_error(None, self.asking.closed)
        return cleaned

    def laid_out(self) -> list[ui.Section]:
        """The fields in their sections, for the long page; a step alone has none."""
        if self._only:
            return []
        files = self.asking.files_name
        told = [question.name for question in self.asking.questions if question.name != files]
        named = [
            (ABOUT_YOU, [PATH, CONCERNS.name, *([CHANNEL] if CHANNEL in self.fields else [])]),
            (WHAT, told),
            (FILES, [files] if files else []),
            (told_who(), list(TOGETHER[IDENTITY]) if IDENTITY in self.fields else []),
        ]
        return [ui.Section(*words, [self[name] for name in names]) for words, names in named if names]

    def rows(self) -> list[Row]:
        """What was answered, in order, with what is wrong with it."""
        return [self._row(name) for name in self.asking.steps]

    def _row(self, name: str) -> Row:
        if name == IDENTITY:
            given = any(self[each].value() for each in TOGETHER[name])
            text = gettext("Given. It is not shown here.") if given else ""
            wrong = tuple(str(error) for each in TOGETHER[name] for error in self[each].errors)
            return Row(name, str(WHO[0]), text, wrong)
        field = self[name]
        errors = tuple(str(error) for error in field.errors)
        if name == self.asking.files_name:
            uploads = tuple(self[name].data.uploads)
            return Row(name, str(field.label), "", errors, files=uploads, is_files=True)
        return Row(name, str(field.label), self._told(name), errors)

    def _told(self, name: str) -> str:
        if name not in self.cleaned_data:
            return told(None, self[name].value() or "")
        if name in {PATH, CHANNEL}:
            labels = {each.value: str(each.label) for each in Path} | {
                each.code: each.public_name for each in self.asking.channels
            }
            return labels.get(self.cleaned_data[name], "")
        question = CONCERNS if name == CONCERNS.name else self.asking.questionnaire[name]
        return told(question, self.cleaned_data[name]) if self.cleaned_data[name] else ""

    @property
    def given(self) -> dict[str, Answer]:
        """What was answered of the questions that this form asks, once it is valid."""
        return {
            question.name: self.cleaned_data[question.name]
            for question in self.asking.questions
            if question.kind != Kind.FILES and self.cleaned_data.get(question.name)
        }

    @property
    def answers(self) -> dict[str, Answer]:
        """What is sealed as `Report.answers`, once the whole form is valid."""
        kept = self.asking.questionnaire.kept(self.given, path=self.asking.path)
        return {CONCERNS.name: self.cleaned_data[CONCERNS.name], **kept}

    @property
    def uploads(self) -> list[SealedUpload]:
        """The files that go with the report, once the form is valid."""
        return list(self.cleaned_data.get(self.asking.files_name, []))

    @property
    def identity(self) -> str:
        """What is sealed for the identity custodian: name and contact, one below the other."""
        return "\n".join(self.cleaned_data[each] for each in TOGETHER[IDENTITY] if self.cleaned_data.get(each))

    def is_gone(self) -> bool:
        """Whether a file that was chosen earlier is not there any more."""
        name = self.asking.files_name
        return bool(name) and self.has_error(name, "gone")


def _path_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Who are you?"),
        help_text=_("Nobody is asked to prove it. It only tells us from which side you saw it."),
        choices=Path.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one. It does not say who you are.")},
    )


def _channel_field(asking: Asking) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("What is it about?"),
        help_text=_("Each of these is read by people of its own. If several fit, choose the closest."),
        choices=[(each.code, _channel_label(each.public_name, each.about)) for each in asking.channels],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one, so that your report reaches the right people.")},
    )


def _channel_label(name: str, about: str) -> str:
    return format_html('<span>{}<span class="choice__about">{}</span></span>', name, about) if about else name


class ReceiptForm(ui.Form):
    """A receipt, as it was written down. `begun` is the page whose draft it opens, where it opens no report."""

    begun: PageSecret | None = None

    receipt = forms.CharField(
        label=_("Your receipt"),
        help_text=_("24 digits. Spaces and dashes do not matter, and any script's digits will do."),
        strip=True,
        widget=forms.TextInput({"inputmode": "numeric", "class": "receipt-input", **ui.TYPED_IN_PRIVATE}),
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

    text = text_field(label=_("Your message"), hint=SPELLING, longest=LONGEST_MESSAGE, lines=6)
    files = files_field()  # type: ignore[assignment]

    def clean(self) -> dict[str, Any]:
        """Something must be sent."""
        cleaned = cast(dict[str, Any], super().clean())
        if not self.errors and not cleaned.get("text") and not cleaned.get("files"):
            self.add_error("text", _("Write something, or choose a file."))
        return cleaned
