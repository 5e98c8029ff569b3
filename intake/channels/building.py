"""The programme officer's pages about questions: a draft that is built, looked at as a reporting person, published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from intake.channels import drafting
from intake.channels.comparing import condition_told, told_parts
from intake.channels.drafting import draft_of, languages_of
from intake.channels.forms import QuestionForm, language_name
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.channels.questionnaire import Kind, Question, problems
from intake.channels.reading import MissingWords, missing_words, read_questions
from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.roles import Role


@dataclass(frozen=True)
class Row:
    """A question as the draft's page shows it."""

    question: Question
    seen: str
    condition: str
    paths: str
    problems: list[str]
    missing: str


@role_required(Role.PROGRAMME)
def questions(request: DeskRequest, code: str) -> HttpResponse:
    """The draft: its questions in order, and what stands in the way of publishing."""
    channel = get_object_or_404(Channel, code=code)
    draft = draft_of(channel)
    if draft is None:
        return redirect("channels:channel", channel.code)
    asked = read_questions(draft.content)
    found = list(problems(asked))
    missing = list(missing_words(asked, languages_of(channel)))
    context = {
        "channel": channel,
        "draft": draft,
        "rows": [_row(question, asked, found, missing) for question in asked],
        "general": [sentence for question, sentence in found if question is None],
        "kinds": Kind.choices,
        "breadcrumb": _way(channel, draft, ""),
    }
    return render(request, "channels/questions.html", context)


def _row(
    question: Question,
    asked: tuple[Question, ...],
    found: list[tuple[Question | None, str]],
    missing: list[MissingWords],
) -> Row:
    return Row(
        question=question,
        seen=drafting.seen_of(question),
        condition=condition_told(question, asked),
        paths=", ".join(str(Path(path).label) for path in sorted(question.paths)),
        problems=[sentence for about, sentence in found if about is question],
        missing=", ".join(dict.fromkeys(language_name(each.language) for each in missing if each.question is question)),
    )


@role_required(Role.PROGRAMME)
def add_question(request: DeskRequest, code: str) -> HttpResponse:
    """Choose the kind of a new question, then write it."""
    channel, draft = _draft(code)
    kind = _kind(request)
    if kind is None:
        context = {"channel": channel, "kinds": Kind, "breadcrumb": _way(channel, draft, _("Add a question"))}
        return render(request, "channels/kind.html", context)
    asked = read_questions(draft.content)
    form = QuestionForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        question=None,
        earlier=asked,
        languages=languages_of(channel),
    )
    if request.method == "POST" and form.is_valid():
        try:
            drafting.add_question(actor=request.actor, draft=draft, question=form.made)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
        else:
            messages.success(request, _("The question stands at the end of the draft. Move it where it belongs."))
            return redirect("channels:questions", channel.code)
    return _question_page(request, form, channel, draft, title=_("Add a question"))


@role_required(Role.PROGRAMME)
def change_question(request: DeskRequest, code: str, name: str) -> HttpResponse:
    """Change a question, or its kind (`?kind=`)."""
    channel, draft = _draft(code)
    asked = read_questions(draft.content)
    index = next((number for number, each in enumerate(asked) if each.name == name), None)
    if index is None:
        messages.warning(request, str(drafting.GONE))
        return redirect("channels:questions", channel.code)
    question = asked[index]
    form = QuestionForm(
        request.POST if request.method == "POST" else None,
        kind=_kind(request) or question.kind,
        question=question,
        earlier=asked[:index],
        languages=languages_of(channel),
    )
    seen = request.POST.get("seen", "") if request.method == "POST" else drafting.seen_of(question)
    stands: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            drafting.change_question(actor=request.actor, draft=draft, question=form.made, seen=seen)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
            # What stands there now is shown with the sentence: whoever keeps it again has seen it.
            stands = list(told_parts(question)) if seen != drafting.seen_of(question) else []
            seen = drafting.seen_of(question)
        else:
            messages.success(request, _("The question is kept in the draft."))
            return redirect("channels:questions", channel.code)
    title = _("Change the question")
    return _question_page(request, form, channel, draft, title=title, question=question, seen=seen, stands=stands)


def _question_page(
    request: DeskRequest,
    form: QuestionForm,
    channel: Channel,
    draft: ChannelQuestions,
    *,
    title: str,
    question: Question | None = None,
    seen: str = "",
    stands: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    context = {
        "form": form,
        "channel": channel,
        "question": question,
        "kind": form.kind,
        "kinds": Kind,
        "seen": seen,
        "title": title,
        "stands": stands,
        "back": reverse("channels:questions", args=[channel.code]),
        "breadcrumb": _way(channel, draft, title),
    }
    return render(request, "channels/question.html", context, status=422 if form.is_bound else 200)


@require_POST
@role_required(Role.PROGRAMME)
def move_question(request: DeskRequest, code: str, name: str) -> HttpResponse:
    """Move a question one place up or down."""
    places = -1 if request.POST.get("to", "") == "up" else 1
    channel, draft = _draft(code)
    try:
        drafting.move_question(actor=request.actor, draft=draft, name=name, places=places)
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    return redirect(f"{reverse('channels:questions', args=[channel.code])}#question-{name}")


@role_required(Role.PROGRAMME)
def remove_question(request: DeskRequest, code: str, name: str) -> HttpResponse:
    """Ask once, then take a question out of the draft."""
    channel, draft = _draft(code)
    if request.method != "POST":
        question = next((each for each in read_questions(draft.content) if each.name == name), None)
        if question is None:
            messages.warning(request, str(drafting.GONE))
            return redirect("channels:questions", channel.code)
        context = {
            "channel": channel,
            "question": question,
            "seen": drafting.seen_of(question),
            "breadcrumb": _way(channel, draft, _("Take out")),
        }
        return render(request, "channels/remove.html", context)
    try:
        drafting.remove_question(actor=request.actor, draft=draft, name=name, seen=request.POST.get("seen", ""))
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    else:
        messages.success(request, _("The question is taken out of the draft. Published versions keep theirs."))
    return redirect("channels:questions", channel.code)


@role_required(Role.PROGRAMME)
@ask_first
def publish(request: DeskRequest, code: str) -> HttpResponse:
    """Publish the draft, after a look at what is missing."""
    channel, draft = _draft(code)
    asked = read_questions(draft.content)
    refused = ""
    if request.method == "POST":
        try:
            drafting.publish_questions(
                actor=request.actor,
                draft=draft,
                seen=request.POST.get("seen", ""),
                incomplete=request.POST.get("incomplete", "") == "yes",
            )
        except Refusal as refusal:
            refused = str(refusal.sentence)
        else:
            messages.success(
                request,
                _("Version %(number)d is published; reports answer it now.") % {"number": draft.version},
            )
            return redirect("channels:channel", channel.code)
    context = {
        "channel": channel,
        "draft": draft,
        "seen": drafting.seen_of(asked),
        "refused": refused,
        "problems": [sentence for _question, sentence in problems(asked)],
        "missing": _missing(asked, languages_of(channel)),
        "breadcrumb": _way(channel, draft, _("Publish")),
    }
    return render(request, "channels/publish.html", context, status=422 if refused else 200)


@role_required(Role.PROGRAMME)
def discard(request: DeskRequest, code: str) -> HttpResponse:
    """Throw the draft away."""
    channel, draft = _draft(code)
    asked = read_questions(draft.content)
    if request.method == "POST":
        try:
            drafting.discard_draft(actor=request.actor, draft=draft, seen=request.POST.get("seen", ""))
        except Refusal as refusal:
            messages.warning(request, str(refusal.sentence))
        else:
            messages.success(request, _("The draft is discarded. What was published stays."))
        return redirect("channels:channel", channel.code)
    context = {
        "channel": channel,
        "draft": draft,
        "seen": drafting.seen_of(asked),
        "breadcrumb": _way(channel, draft, _("Discard")),
    }
    return render(request, "channels/discard.html", context)


def _missing(asked: Sequence[Question], languages: Sequence[str]) -> list[tuple[str, str]]:
    """Questions and languages in which some of their words are missing, each once."""
    found = ((str(each.question.label), language_name(each.language)) for each in missing_words(asked, languages))
    return list(dict.fromkeys(found))


def _draft(code: str) -> tuple[Channel, ChannelQuestions]:
    channel = get_object_or_404(Channel, code=code)
    draft = draft_of(channel)
    if draft is None:
        raise Http404(str(drafting.NO_DRAFT))
    return channel, draft


def _kind(request: DeskRequest) -> Kind | None:
    given = request.POST.get("kind") or request.GET.get("kind", "")
    return Kind(given) if given in Kind.values else None


def _way(channel: Channel, draft: ChannelQuestions, last: str) -> list[tuple[str, str]]:
    place = _("Questions, version %(number)d") % {"number": draft.version}
    way = [(_("Channels"), reverse("channels:list")), (channel.name, reverse("channels:channel", args=[channel.code]))]
    return [
        *way,
        *([(place, reverse("channels:questions", args=[channel.code])), (last, "")] if last else [(place, "")]),
    ]
