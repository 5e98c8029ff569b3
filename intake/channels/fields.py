"""The form field of each kind of question. What it cleans is the answer as `questionnaire` describes it.

`field_for(question)` takes words in the reader's language of the moment, so it is called once for each request. Its
`initial` may be an answer that was given before. Nothing has a limit that a browser would enforce by cutting off what
somebody pastes, and an answer that cannot be read is told in a sentence and stays as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from intake.channels.amounts import CURRENCIES, NotAnAmount, read_amount
from intake.channels.days import NotADay, read_day
from intake.channels.questionnaire import LONGEST_SHORT, Kind, Question
from intake.channels.widgets import AmountWidget, Parts, PeopleWidget, WhenWidget
from integrity.ui.forms import TYPED_IN_PRIVATE
from integrity.vault.forms import SealedFilesField

if TYPE_CHECKING:
    from intake.channels.questionnaire import Answer

LONGEST_WORDS: Final = 2_000
MOST_PEOPLE: Final = 30
MOST_RADIO_BUTTONS: Final = 15


class NotTooLong(MaxLengthValidator):
    """Says how much is too much, and that the rest can follow."""

    message = ngettext_lazy(
        "This is longer than the %(limit_value)d character that fits here: it has %(show_value)d. "
        "Send the rest through your inbox, or as a file.",
        "This is longer than the %(limit_value)d characters that fit here: it has %(show_value)d. "
        "Send the rest through your inbox, or as a file.",
        "limit_value",
    )


def text_field(
    *, label: Any, hint: Any = "", longest: int, lines: int = 1, required: bool = False, missing: Any = ""
) -> forms.CharField:
    """A field for words: one line, or as many as are typed."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        validators=[NotTooLong(longest)],
        widget=forms.Textarea({"rows": lines, **TYPED_IN_PRIVATE}) if lines > 1 else forms.TextInput(TYPED_IN_PRIVATE),
        error_messages={"required": missing} if missing else None,
    )


def field_for(question: Question) -> forms.Field:
    """The field that asks a question and cleans its answer; empty text, list or dictionary when nothing was told."""
    missing = {"error_messages": {"required": str(question.missing)}} if str(question.missing) else {}
    common: dict[str, Any] = {
        "label": str(question.label),
        "help_text": str(question.hint),
        "required": question.required,
        **missing,
    }
    match question.kind:
        case Kind.LONG:
            return _text(question, longest=question.longest, lines=max(question.lines, 2))
        case Kind.SHORT | Kind.PLACE:
            return _text(question, longest=min(question.longest, LONGEST_SHORT), lines=1)
        case Kind.CHOICE:
            return _choice(question, common)
        case Kind.SEVERAL:
            return SeveralField(choices=_choices(question), widget=forms.CheckboxSelectMultiple, **common)
        case Kind.WHEN:
            return WhenField(**common)
        case Kind.PEOPLE:
            return PeopleField(**common)
        case Kind.AMOUNT:
            return AmountField(**common)
        case Kind.FILES:
            # Without a hint of its own the field says how much can be sent.
            return SealedFilesField(**{**common, "help_text": common["help_text"] or None})


def answer_for(question: Question, given: Any) -> Answer:
    """An answer that came as data and not from a page, as the field would have cleaned it. Raises ValidationError."""
    field = field_for(question)
    if isinstance(field, WhenField | AmountField):
        if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
            raise ValidationError(_("This is answered with an object of texts."), code="invalid")
        unknown = set(given) - set(field.parts)
        if unknown:
            raise ValidationError(_("“%(part)s” is no part of this answer."), params={"part": min(unknown)})
        given = cast(Parts, field.widget).decompress(given)
    elif isinstance(field, PeopleField | SeveralField):
        if not isinstance(given, list):
            raise ValidationError(_("This is answered with a list."), code="invalid")
    elif not isinstance(given, str):
        raise ValidationError(_("This is answered with text."), code="invalid")
    return field.clean(given)


def _text(question: Question, *, longest: int, lines: int) -> forms.CharField:
    return text_field(
        label=str(question.label),
        hint=str(question.hint),
        longest=longest,
        lines=lines,
        required=question.required,
        missing=str(question.missing),
    )


def _choices(question: Question) -> list[tuple[str, str]]:
    return [(choice.code, str(choice.label)) for choice in question.choices]


def _choice(question: Question, common: Mapping[str, Any]) -> forms.ChoiceField:
    choices = _choices(question)
    if not question.required:
        # A radio button cannot be taken back; this one can be chosen instead.
        choices.append(("", _("I do not know, or would rather not say")))
    widget = forms.RadioSelect if len(choices) <= MOST_RADIO_BUTTONS else forms.Select
    if widget is forms.Select and question.required:
        choices.insert(0, ("", _("Choose one")))
    return forms.ChoiceField(choices=choices, widget=widget, **common)


class SeveralField(forms.MultipleChoiceField):
    """Any of several choices; the answer has them in the order in which they are offered, each once."""

    def clean(self, value: Any) -> list[str]:
        """The codes that were chosen."""
        chosen = set(super().clean(value))
        return [str(code) for code, _label in cast("list[tuple[str, str]]", self.choices) if str(code) in chosen]


class WhenField(forms.MultiValueField):
    """A day or a period, and words for what is known less exactly."""

    parts = ("from", "until", "words")
    widget = WhenWidget
    default_error_messages = {
        "day": gettext_lazy(
            "“%(typed)s” cannot be read as a day. Write it like 3 May 2026, or May 2026, or describe it in your own "
            "words in the last box."
        ),
        "order": gettext_lazy("The first day is later than the last. Exchange them, or correct one of them."),
    }

    def __init__(self, **named: Any) -> None:
        fields = (
            forms.CharField(required=False),
            forms.CharField(required=False),
            forms.CharField(required=False, validators=[NotTooLong(LONGEST_WORDS)]),
        )
        super().__init__(fields, require_all_fields=False, **named)

    def compress(self, values: Sequence[str]) -> dict[str, str]:
        """The answer: days as 2026-05-03. A month or a year alone is the period from its first to its last day."""
        start, end, words = [*values, "", "", ""][:3]
        first, last = self._read(start), self._read(end)
        answer: dict[str, str] = {}
        if first is not None:
            answer["from"] = first.first.isoformat()
            if last is None and first.first != first.last:
                answer["until"] = first.last.isoformat()
        if last is not None:
            answer["until"] = last.last.isoformat()
        if answer.get("from", "") > answer.get("until", "9999"):
            raise ValidationError(self.error_messages["order"], code="order")
        if words:
            answer["words"] = words
        return answer

    def clean(self, value: Any) -> dict[str, str]:
        """The answer; empty when nothing was told."""
        return super().clean(value) or {}

    def _read(self, typed: str) -> Any:
        if not typed:
            return None
        try:
            return read_day(typed)
        except NotADay as error:
            raise ValidationError(self.error_messages["day"], code="day", params={"typed": typed[:40]}) from error


class AmountField(forms.MultiValueField):
    """An amount of money and its currency."""

    parts = ("amount", "currency")
    widget = AmountWidget
    default_error_messages = {
        "amount": gettext_lazy("“%(typed)s” cannot be read as an amount. Write it in digits, like 1500000 or 1200.50."),
        "alone": gettext_lazy("Write the amount too. If you do not know it, choose no currency."),
        "currencies": gettext_lazy("Two different currencies are given. Keep one of them."),
        "currency": gettext_lazy("Choose a currency of the list, or none."),
    }

    def __init__(self, **named: Any) -> None:
        fields = (forms.CharField(required=False), forms.CharField(required=False))
        super().__init__(fields, require_all_fields=False, **named)

    def compress(self, values: Sequence[str]) -> dict[str, str]:
        """The answer: the amount in digits with a point, and the currency where one was given."""
        typed, currency = [*values, "", ""][:2]
        if currency and currency not in CURRENCIES:
            raise ValidationError(self.error_messages["currency"], code="currency")
        if not typed:
            if currency:
                raise ValidationError(self.error_messages["alone"], code="alone")
            return {}
        try:
            amount, beside = read_amount(typed)
        except NotAnAmount as error:
            raise ValidationError(self.error_messages["amount"], code="amount", params={"typed": typed[:40]}) from error
        if beside and currency and beside != currency:
            raise ValidationError(self.error_messages["currencies"], code="currencies")
        return {"amount": amount, **({"currency": currency or beside} if currency or beside else {})}

    def clean(self, value: Any) -> dict[str, str]:
        """The answer; empty when nothing was told."""
        return super().clean(value) or {}


class PeopleField(forms.Field):
    """People, each with a name, an office and a role, as far as they are known."""

    widget = PeopleWidget
    default_error_messages = {
        "invalid": gettext_lazy("People are told by name, office and role."),
        "too_many": gettext_lazy("At most %(most)d people fit here. Tell of the others in your own words."),
    }

    def clean(self, value: Any) -> list[dict[str, str]]:
        """Everybody of whom anything was told, without the parts that were not."""
        rows = value or []
        if not isinstance(rows, list) or not all(
            isinstance(row, dict)
            and set(row) <= set(PeopleWidget.parts)
            and all(isinstance(text, str) and "\x00" not in text for text in row.values())
            for row in rows
        ):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        told = [{part: text.strip() for part, text in row.items() if text.strip()} for row in rows]
        people = [row for row in told if row]
        if len(people) > MOST_PEOPLE:
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"most": MOST_PEOPLE})
        for row in people:
            for text in row.values():
                NotTooLong(LONGEST_SHORT)(text)
        if self.required and not people:
            raise ValidationError(self.error_messages["required"], code="required")
        return people

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything was told."""
        return bool(data)
