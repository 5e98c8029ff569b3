"""Asking a reporting person several questions at once: the form that composes them. No script, so its size is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms import TransitionForm
from intake.channels.questionnaire import Kind, Question
from intake.followup.questions import KINDS, MOST, MOST_CHOICES, make_question
from intake.portal.models import Report

SHOWN: Final = 2
LONGEST_QUESTION: Final = 1_000
LONGEST_CHOICE: Final = 200
KIND_LABELS: Final = {
    Kind.LONG: gettext_lazy("Answered in words"),
    Kind.CHOICE: gettext_lazy("One of several choices"),
    Kind.WHEN: gettext_lazy("A day or a period"),
}


@dataclass(frozen=True)
class Group:
    """The fields of one question; `folded` while it is empty and not among the first."""

    title: str
    fields: Sequence[forms.BoundField]
    folded: bool


class AskQuestions(TransitionForm):
    """One to ten questions. The cleaned value is what `intake.followup.actions.ask` takes."""

    template_name = "triage/forms/questions.html"
    explanation = gettext_lazy(
        "The inbox shows your questions as a form, each of them optional. Questions that were asked before and not "
        "answered yet are replaced by these. They stay unknown to you: do not ask for what could tell you who they are."
    )

    def prepare(self) -> None:
        """The fields of each question, and in a case with several reports, whom to ask."""
        kinds = [(kind.value, KIND_LABELS[kind]) for kind in KINDS]
        for number in range(1, MOST + 1):
            self.fields[f"question{number}"] = forms.CharField(
                label=_("Question"),
                max_length=LONGEST_QUESTION,
                required=number == 1,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"kind{number}"] = forms.ChoiceField(
                label=_("How it is answered"), choices=kinds, initial=Kind.LONG.value, required=False
            )
            self.fields[f"choices{number}"] = forms.CharField(
                label=_("Choices, if it has any"),
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("One on each line. “I do not know” and “I would rather not say” are always offered."),
            )
        self._reports = [] if isinstance(self.subject, Report) else list(self.subject.reports.order_by("reference"))
        if len(self._reports) > 1:
            self.fields["reporter"] = forms.ChoiceField(
                label=_("Whom to ask"),
                choices=[("", _("Everybody who reported this")), *((each.reference,) * 2 for each in self._reports)],
                required=False,
            )

    @property
    def groups(self) -> list[Group]:
        """The questions as the page shows them."""
        return [
            Group(
                title=_("Question %(number)d") % {"number": number},
                fields=[self[f"{name}{number}"] for name in ("question", "kind", "choices")],
                folded=number > SHOWN and not self._is_touched(number),
            )
            for number in range(1, MOST + 1)
        ]

    @property
    def whole(self) -> list[forms.BoundField]:
        """The fields below the questions."""
        return [self["reporter"]] if "reporter" in self.fields else []

    def clean(self) -> dict[str, Any]:
        """The questions in their order, without those left empty."""
        given = super().clean() or {}
        questions: list[Question] = []
        for number in range(1, MOST + 1):
            label = str(given.get(f"question{number}") or "").strip()
            kind = Kind(given.get(f"kind{number}") or Kind.LONG.value)
            choices = [line.strip() for line in str(given.get(f"choices{number}") or "").splitlines() if line.strip()]
            if not label:
                if choices and f"question{number}" not in self.errors:
                    self.add_error(f"question{number}", _("Write the question that these choices belong to."))
                continue
            self._check_choices(number, kind, choices)
            questions.append(
                make_question(
                    len(questions) + 1, kind=kind, label=label, choices=choices if kind == Kind.CHOICE else ()
                )
            )
        cleaned: dict[str, Any] = {"questions": questions}
        if self._reports:
            cleaned["reporter"] = given.get("reporter", "")
        return cleaned

    def _check_choices(self, number: int, kind: Kind, choices: Sequence[str]) -> None:
        field = f"choices{number}"
        if kind != Kind.CHOICE:
            if choices:
                self.add_error(field, _("Only a question with choices has any: choose that kind, or take them out."))
        elif not 2 <= len(choices) <= MOST_CHOICES or len(set(choices)) < len(choices):
            self.add_error(field, _("Give 2 to %(most)d different choices, one on each line.") % {"most": MOST_CHOICES})
        elif any(len(choice) > LONGEST_CHOICE for choice in choices):
            self.add_error(field, _("A choice has at most %(most)d characters.") % {"most": LONGEST_CHOICE})

    def _is_touched(self, number: int) -> bool:
        names = [f"{name}{number}" for name in ("question", "choices")]
        return self.is_bound and any(self[name].data or name in self.errors for name in names)
