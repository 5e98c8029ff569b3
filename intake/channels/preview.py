"""The form of a version as a reporting person sees it, in each language, and from each side."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from intake.channels.drafting import draft_of
from intake.channels.fields import field_for
from intake.channels.forms import language_name
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.channels.questionnaire import Answers, Kind, Malformed, Question, Questionnaire
from intake.channels.reading import questionnaire_of
from intake.channels.views import languages_offered
from integrity.people.access import DeskRequest, role_required
from integrity.people.roles import Role
from integrity.ui import forms as ui


class PreviewForm(ui.Form):
    """The questions that are asked, to be tried out. Nothing of it is kept."""

    def __init__(self, data: Any, questions: list[Question]) -> None:
        super().__init__(data, auto_id="preview_%s")
        for question in questions:
            field = field_for(question)
            # A file would be sealed and kept for a while: here one is only shown where it could be chosen.
            field.disabled = question.kind == Kind.FILES
            self.fields[question.name] = field


@role_required(Role.PROGRAMME)
def preview(request: DeskRequest, code: str, version: int | None = None) -> HttpResponse:
    """The draft, a version, or the standard questions (version 0). With answers, what would be asked and refused."""
    channel = get_object_or_404(Channel, code=code)
    shown = _version(channel, version)
    languages = languages_offered()
    language = _one_of(request.GET.get("language", ""), [each for each, _name in languages])
    path = _one_of(request.GET.get("path", ""), Path.values)
    context: dict[str, Any] = {
        "channel": channel,
        "version": shown,
        "languages": languages,
        "paths": Path.choices,
        "language": language,
        "path": path,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
        "language_name": language_name(language),
        "breadcrumb": [
            (_("Channels"), reverse("channels:list")),
            (channel.name, reverse("channels:channel", args=[channel.code])),
            (_("As a reporting person sees it"), ""),
        ],
    }
    try:
        questionnaire = questionnaire_of(shown)
    except Malformed as error:
        return render(request, "channels/preview.html", {**context, "problem": str(error)})
    with override(language):
        form = _form(questionnaire, request.POST if request.method == "POST" else None, path)
        # Rendered here, because the words are those of the language in which they are made.
        context |= {
            "questions_shown": form.render(),
            "name": channel.public_name,
            "about": channel.about,
            "conditional": questionnaire.has_conditions,
            "tried": form.is_bound,
            "faults": form.is_bound and bool(form.errors),
        }
    return render(request, "channels/preview.html", context)


def _form(questionnaire: Questionnaire, data: Any, path: str) -> PreviewForm:
    if data is None:
        return PreviewForm(None, questionnaire.asked({}, path=path))
    everything = PreviewForm(data, list(questionnaire.questions))
    everything.is_valid()
    answers: Answers = everything.cleaned_data
    return PreviewForm(data, questionnaire.asked(answers, path=path))


def _version(channel: Channel, number: int | None) -> ChannelQuestions | None:
    """A version by its number, None for the standard questions (0); without a number the draft."""
    found = draft_of(channel) if number is None else channel.versions.filter(version=number).first()
    if found is None and number != 0:
        raise Http404(_("There is no such version of these questions."))
    return found


def _one_of(given: str, known: list[str]) -> str:
    return given if given in known else known[0]
