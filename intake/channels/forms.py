"""The programme officer's forms: a channel, and one question with its words in every language side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from intake.channels.actions import LONGEST_ABOUT, LONGEST_NAME, Details
from intake.channels.drafting import name_for
from intake.channels.models import Channel
from intake.channels.paths import Path
from intake.channels.questionnaire import LONGEST_LONG, LONGEST_SHORT, MOST_CHOICES, Kind, Malformed, Question
from intake.channels.reading import LONGEST_CHOICE, MOST_LINES, PARTS, in_languages, read_question, write_question
from intake.channels.routing import may_receive
from integrity.people.models import User
from integrity.people.roles import Role
from integrity.rules.text import FALLBACK
from integrity.ui import forms as ui

if TYPE_CHECKING:
    pass

SPARE_CHOICES: Final = 3
ABOUT: Final = [
    ("others", gettext_lazy("Ordinary matters")),
    ("leadership", gettext_lazy("The leadership")),
    ("office", gettext_lazy("The integrity office itself")),
    ("both", gettext_lazy("The leadership, and the integrity office itself")),
]


@dataclass(frozen=True)
class InLanguages:
    """One thing to be said, with a box for each language."""

    title: Any
    hint: Any
    fields: Sequence[forms.BoundField]


def language_name(code: str) -> str:
    """A language by its own name, as far as it is known."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _box(code: str, *, lines: int, longest: int, missing: bool) -> forms.CharField:
    try:
        direction = "rtl" if get_language_info(code)["bidi"] else "ltr"
    except KeyError:
        direction = "auto"
    attributes: dict[str, Any] = {"lang": code, "dir": direction}
    return forms.CharField(
        label=language_name(code),
        required=False,
        max_length=longest,
        widget=forms.Textarea({**attributes, "rows": lines}) if lines > 1 else forms.TextInput(attributes),
        help_text=_("Missing: readers of this language would see the English words.") if missing else "",
    )


class Worded(ui.Form):
    """A form with boxes in several languages; `languages` begins with English."""

    languages: Sequence[str] = ()

    def add_words(
        self, name: str, told: Mapping[str, str], *, lines: int, longest: int, required: bool = False
    ) -> None:
        """A box for each language; those of a language that is missing beside others say so."""
        for code in self.languages:
            missing = bool(told) and not told.get(code)
            field = _box(code, lines=lines, longest=longest, missing=missing)
            field.initial = told.get(code, "")
            field.required = required and code == FALLBACK
            field.widget.is_required = field.required
            # The textarea's own limit would cut off what is pasted.
            field.widget.attrs.pop("maxlength", None)
            self.fields[f"{name}-{code}"] = field

    def boxes(self, name: str, title: Any, hint: Any = "") -> InLanguages:
        """The boxes of one thing, for the page."""
        return InLanguages(title, hint, [self[f"{name}-{code}"] for code in self.languages])

    def words(self, name: str, before: Mapping[str, str]) -> dict[str, str]:
        """What was written, and what stood there in languages that the form does not show."""
        kept = {code: text for code, text in before.items() if code not in self.languages}
        typed = {code: self.cleaned_data.get(f"{name}-{code}", "").strip() for code in self.languages}
        return {code: text for code, text in {**kept, **typed}.items() if text}


def shown_languages(offered: Iterable[str], *present: Mapping[str, str]) -> list[str]:
    """English, the languages of a channel, and those in which words are there already."""
    return list(dict.fromkeys([FALLBACK, *offered, *(code for told in present for code in told)]))


class RecipientsField(forms.ModelMultipleChoiceField):
    """Those who could receive reports, with their roles, and whether they receive ordinary ones."""

    @cached_property
    def ordinary(self) -> frozenset[object]:
        """Who receives ordinary reports by now."""
        front = User.objects.filter(channels__independent=False, channels__active=True)
        return frozenset(front.values_list("pk", flat=True))

    def label_from_instance(self, obj: Any) -> str:
        """Name and roles."""
        roles = ", ".join(str(Role(role).label) for role in sorted(obj.roles() & {Role.INTAKE, Role.TRIAGE}))
        told = f"{obj.name} ({roles})"
        return _("%(person)s, receives ordinary reports") % {"person": told} if obj.pk in self.ordinary else told


class ChannelForm(Worded):
    """A channel: what it is called, what it is about, who receives what comes, and to whom it is offered."""

    def __init__(self, data: Any = None, *, channel: Channel | None, person: User) -> None:
        super().__init__(data)
        self.channel = channel
        held = channel or Channel()
        self.languages = shown_languages([code for code, _name in settings.LANGUAGES], held.words.get("name", {}))
        self.fields["name"] = forms.CharField(
            label=_("What the desk calls it"), max_length=LONGEST_NAME, initial=held.name
        )
        self.add_words("title", held.words.get("name", {}), lines=1, longest=LONGEST_NAME)
        self.add_words("about", held.words.get("about", {}), lines=2, longest=LONGEST_ABOUT)
        self.fields["concerns"] = forms.ChoiceField(
            label=_("It takes reports about"),
            choices=ABOUT,
            widget=forms.RadioSelect,
            initial=_about(held),
            help_text=_(
                "Reports about the leadership or the office itself are never offered an ordinary channel. Choose "
                "recipients for them who are not those whom such a report would be about."
            ),
        )
        self.fields["recipients"] = RecipientsField(
            label=_("Who receives what comes by it"),
            queryset=may_receive().exclude(pk=person.pk).order_by("name"),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=[each.pk for each in held.recipients.all()] if channel else [],
            help_text=_("A channel that nobody receives takes no reports. Nobody makes themselves a recipient."),
        )
        self.fields["paths"] = forms.MultipleChoiceField(
            label=_("Only for"),
            choices=Path.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=held.paths,
            help_text=_("Tick none, and it is for everybody."),
        )
        self.fields["offered"] = forms.MultipleChoiceField(
            label=_("Only in"),
            choices=[(code, language_name(code)) for code in self.languages],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=held.languages,
            help_text=_(
                "Tick none, and it is offered in every language. Where no channel is in a reader's language, the "
                "others are offered all the same."
            ),
        )
        self.fields["order"] = forms.IntegerField(
            label=_("Its place in the list"), min_value=0, max_value=999, initial=held.order
        )
        self.fields["active"] = forms.BooleanField(
            label=_("It is open"), required=False, initial=held.active if channel else True
        )
        self.fields["closing"] = forms.BooleanField(
            label=_("Some reports may have no channel at all after this, and I want that"), required=False
        )

    @property
    def details(self) -> Details:
        """What was filled in, once the form is valid."""
        given, before = self.cleaned_data, self.channel.words if self.channel else {}
        words = {
            "name": self.words("title", before.get("name", {})),
            "about": self.words("about", before.get("about", {})),
        }
        return Details(
            words={part: told for part, told in words.items() if told},
            about_leadership=given["concerns"] in {"leadership", "both"},
            about_office=given["concerns"] in {"office", "both"},
            paths=given["paths"],
            languages=given["offered"],
            active=given["active"],
            order=given["order"],
        )

    @property
    def titles(self) -> list[InLanguages]:
        """The boxes for what reporting persons read."""
        return [
            self.boxes("title", _("Its name on the form"), _("Empty: the name that the desk uses.")),
            self.boxes("about", _("What it is for"), _("A sentence that helps to choose between several channels.")),
        ]

    @property
    def before(self) -> list[forms.BoundField]:
        """The fields above those boxes."""
        return [self["name"]]

    @property
    def after(self) -> list[forms.BoundField]:
        """The fields below them; the last one only when it is needed."""
        names = ["concerns", "recipients", "paths", "offered", "order", "active"]
        return [self[name] for name in [*names, *(["closing"] if self.is_bound else [])]]


class QuestionForm(Worded):
    """One question of a given kind; `earlier` are the questions before it, of which it may depend on one."""

    def __init__(
        self,
        data: Any = None,
        *,
        kind: Kind,
        question: Question | None,
        earlier: Sequence[Question],
        languages: Sequence[str],
    ) -> None:
        super().__init__(data)
        self.kind, self.question = kind, question
        held = write_question(question) if question else {}
        self._held = held
        self.languages = shown_languages(languages, held.get("label", {}))
        self.add_words("label", held.get("label", {}), lines=2, longest=300, required=True)
        self.add_words("hint", held.get("hint", {}), lines=3, longest=2_000)
        if kind != Kind.FILES:
            self.fields["required"] = forms.BooleanField(
                label=_("It must be answered"),
                required=False,
                initial=held.get("required", False),
                help_text=_("Few questions should be: what somebody does not know, they cannot tell."),
            )
            self.add_words("missing", held.get("missing", {}), lines=2, longest=300)
        if kind.has_length:
            self._add_lengths(held)
        self._count = 0
        if kind.has_choices:
            self._add_choices(question)
        self._add_condition(question, earlier)
        self.fields["paths"] = forms.MultipleChoiceField(
            label=_("Ask only"),
            choices=Path.choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
            initial=held.get("paths", []),
            help_text=_("Tick none, and everybody is asked."),
        )

    def _add_lengths(self, held: Mapping[str, Any]) -> None:
        most = LONGEST_LONG if self.kind == Kind.LONG else LONGEST_SHORT
        self.fields["longest"] = forms.IntegerField(
            label=_("Characters at most"),
            min_value=1,
            max_value=most,
            initial=min(held.get("longest", most), most),
            help_text=_("Leave it large: what does not fit has to be sent in another way."),
        )
        if self.kind == Kind.LONG:
            self.fields["lines"] = forms.IntegerField(
                label=_("Lines of the box"), min_value=2, max_value=MOST_LINES, initial=held.get("lines", 3)
            )

    def _add_choices(self, question: Question | None) -> None:
        choices = list(question.choices) if question else []
        self._before = {choice.code: in_languages(choice.label) for choice in choices}
        sent = int(self.data.get("choices", "0")) if str(self.data.get("choices", "0")).isdigit() else 0
        self._count = min(max(len(choices) + SPARE_CHOICES, sent), MOST_CHOICES)
        for number in range(self._count):
            code = choices[number].code if number < len(choices) else ""
            told = self._before.get(code, {})
            self.fields[f"code-{number}"] = forms.CharField(
                required=False, initial=code, widget=forms.HiddenInput, max_length=40
            )
            self.fields[f"place-{number}"] = forms.IntegerField(
                label=_("Place of choice %(number)d") % {"number": number + 1},
                required=False,
                min_value=1,
                max_value=99,
                initial=number + 1,
            )
            self.add_words(f"choice-{number}", told, lines=1, longest=LONGEST_CHOICE)

    def _add_condition(self, question: Question | None, earlier: Sequence[Question]) -> None:
        groups = [
            (str(each.label), [(f"{each.name}:{choice.code}", str(choice.label)) for choice in each.choices])
            for each in earlier
            if each.kind.has_choices
        ]
        if groups or (question and question.condition):
            condition = question.condition if question else None
            initial = [f"{condition.question}:{code}" for code in condition.answers] if condition else []
            self.fields["condition"] = forms.MultipleChoiceField(
                label=_("Ask only after one of these answers"),
                choices=groups,
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=initial,
                help_text=_("Tick none, and it is always asked. Tick answers to one question only."),
            )

    def clean_condition(self) -> list[str]:
        """Answers to one question only."""
        chosen: list[str] = self.cleaned_data["condition"]
        if len({each.partition(":")[0] for each in chosen}) > 1:
            raise ValidationError(_("These are answers to several questions. Keep those to one of them."))
        return chosen

    def clean(self) -> dict[str, Any]:
        """Read what was filled in as a question; what is wrong with it is told."""
        cleaned = cast(dict[str, Any], super().clean())
        if not self.errors:
            try:
                self.made = read_question(self._written())
            except Malformed as error:
                self.add_error(None, str(error))
        return cleaned

    def _written(self) -> dict[str, Any]:
        given = self.cleaned_data
        written: dict[str, Any] = {
            "name": self.question.name if self.question else "question",
            "kind": self.kind.value,
            "required": given.get("required", False),
            "paths": given["paths"],
        }
        for part in PARTS:
            if f"{part}-{FALLBACK}" in self.fields:
                written[part] = self.words(part, self._held.get(part, {}))
        for part in ("longest", "lines"):
            if part in self.fields:
                written[part] = given[part]
        if self.kind.has_choices:
            written["choices"] = self._written_choices()
        chosen = given.get("condition", [])
        if chosen:
            pairs = [each.partition(":") for each in chosen]
            written["condition"] = {"question": pairs[0][0], "answers": [code for _name, _colon, code in pairs]}
        return written

    def _written_choices(self) -> list[dict[str, Any]]:
        rows: list[tuple[int, int, str, dict[str, str]]] = []
        for number in range(self._count):
            code = self.cleaned_data.get(f"code-{number}", "")
            typed = self.words(f"choice-{number}", {})
            if not typed:
                continue
            told = self.words(f"choice-{number}", self._before.get(code, {}))
            place = self.cleaned_data.get(f"place-{number}") or number + 1
            rows.append((place, number, code if code in self._before else "", told))
        taken = [code for _place, _number, code, _told in rows if code]
        written = []
        for _place, _number, code, told in sorted(rows, key=lambda row: row[:2]):
            if not code:
                code = name_for(told.get(FALLBACK, ""), taken)
                taken.append(code)
            written.append({"code": code, "label": told})
        return written

    @property
    def rows(self) -> list[InLanguages]:
        """The boxes for what is asked."""
        return [
            self.boxes("label", _("The question")),
            self.boxes("hint", _("A hint below it"), _("What would help an investigator, and what to leave out.")),
        ]

    @property
    def choice_rows(self) -> list[tuple[forms.BoundField, forms.BoundField, InLanguages]]:
        """Code, place and boxes of each choice, with room for more."""
        return [
            (
                self[f"code-{number}"],
                self[f"place-{number}"],
                self.boxes(f"choice-{number}", _("Choice %(number)d") % {"number": number + 1}),
            )
            for number in range(self._count)
        ]

    @property
    def choices_sent(self) -> int:
        """How many choices the page has room for."""
        return self._count

    @property
    def missing_row(self) -> InLanguages | None:
        """The boxes for what is said when it was left empty."""
        if "required" not in self.fields:
            return None
        return self.boxes("missing", _("What is said when it was left empty"), _("Only where it must be answered."))

    @property
    def rest(self) -> list[forms.BoundField]:
        """The other fields."""
        names = ["required", "longest", "lines", "condition", "paths"]
        return [self[name] for name in names if name in self.fields]


def _about(channel: Channel) -> str:
    if channel.about_leadership and channel.about_office:
        return "both"
    return "leadership" if channel.about_leadership else "office" if channel.about_office else "others"
