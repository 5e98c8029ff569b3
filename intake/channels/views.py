"""The programme officer's pages about channels: who receives what, and to whom each is offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from intake.channels import drafting
from intake.channels.actions import seen_of, set_channel
from intake.channels.comparing import differences
from intake.channels.drafting import draft_of, languages_of, name_for
from intake.channels.forms import ChannelForm, language_name
from intake.channels.models import Channel, ChannelQuestions
from intake.channels.paths import Path
from intake.channels.questionnaire import Question
from intake.channels.reading import current_questions, read_questions
from intake.channels.routing import readers_of
from intake.channels.standard import STANDARD
from integrity.action import Refusal
from integrity.people.access import DeskRequest, ask_first, role_required
from integrity.people.models import User
from integrity.people.roles import Role

FEW: Final = 5


@dataclass(frozen=True)
class Standing:
    """A channel as the list shows it; `why` is empty where it takes reports."""

    channel: Channel
    readers: list[User]
    why: str
    current: ChannelQuestions | None
    draft: ChannelQuestions | None

    @property
    def about(self) -> str:
        """Which reports it takes, in words."""
        told = [
            _("the leadership") if self.channel.about_leadership else "",
            _("the integrity office itself") if self.channel.about_office else "",
        ]
        return ", ".join(each for each in told if each) or _("ordinary matters")

    @property
    def offered(self) -> str:
        """To whom and in which languages it is offered, in words."""
        paths = [str(Path(path).label) for path in self.channel.paths if path in Path.values]
        languages = [language_name(code) for code in self.channel.languages]
        return "; ".join([", ".join(paths) or _("everybody"), ", ".join(languages) or _("every language")])


@role_required(Role.PROGRAMME)
def channels(request: DeskRequest) -> HttpResponse:
    """Every channel: who receives what comes by it, whether it is open and why not, which questions it asks."""
    standing = [_standing(channel) for channel in Channel.objects.prefetch_related("versions")]
    return render(request, "channels/list.html", {"standing": standing})


@role_required(Role.PROGRAMME)
def channel(request: DeskRequest, code: str) -> HttpResponse:
    """One channel with its versions."""
    found = get_object_or_404(Channel, code=code)
    versions = found.versions.filter(published_on__isnull=False).annotate(answered=Count("reports"))
    standing = _standing(found)
    context = {
        "standing": standing,
        "channel": found,
        "unable": _unable(found, standing.readers),
        "versions": [(version, _few(version.answered)) for version in versions.order_by("-version")],
        "standard_answered": _few(found.reports.filter(questions__isnull=True).count()),
        "languages": [(language_name(each), _missing_titles(found, each)) for each in languages_of(found)],
        "breadcrumb": [(_("Channels"), reverse("channels:list")), (found.name, "")],
    }
    return render(request, "channels/channel.html", context)


@role_required(Role.PROGRAMME)
@ask_first
def add(request: DeskRequest) -> HttpResponse:
    """Make a channel."""
    return _edit(request, None)


@role_required(Role.PROGRAMME)
@ask_first
def change(request: DeskRequest, code: str) -> HttpResponse:
    """Change a channel."""
    return _edit(request, get_object_or_404(Channel, code=code))


def _edit(request: DeskRequest, found: Channel | None) -> HttpResponse:
    form = ChannelForm(request.POST if request.method == "POST" else None, channel=found, person=request.user)
    seen = request.POST.get("seen", "") if request.method == "POST" else seen_of(found)
    stands = None
    if request.method == "POST" and form.is_valid():
        try:
            kept = set_channel(
                actor=request.actor,
                code=found.code if found else _code(form.cleaned_data["name"]),
                name=form.cleaned_data["name"],
                recipients=list(form.cleaned_data["recipients"]),
                details=form.details,
                seen=seen,
                closing=form.cleaned_data["closing"],
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
            # What stands there now is shown with the sentence: whoever keeps it again has seen it.
            stands = found if found and seen != seen_of(found) else None
            seen = seen_of(found)
        else:
            messages.success(request, _("“%(name)s” is kept.") % {"name": kept.name})
            return redirect("channels:channel", kept.code)
    title = _("Change the channel") if found else _("Add a channel")
    context = {
        "form": form,
        "channel": found,
        "seen": seen,
        "stands": _standing(stands) if stands else None,
        "title": title,
        "unable": _unable(found, readers_of(found)) if found else [],
        "back": reverse("channels:channel", args=[found.code]) if found else reverse("channels:list"),
        "breadcrumb": [
            (_("Channels"), reverse("channels:list")),
            *([(found.name, reverse("channels:channel", args=[found.code]))] if found else []),
            (title, ""),
        ],
    }
    return render(request, "channels/change.html", context, status=422 if form.is_bound else 200)


@require_POST
@role_required(Role.PROGRAMME)
def draft(request: DeskRequest, code: str) -> HttpResponse:
    """Begin a draft of questions."""
    found = get_object_or_404(Channel, code=code)
    try:
        drafting.draft_questions(
            actor=request.actor, channel=found, standard=request.POST.get("start", "") == "standard"
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal.sentence))
    return redirect("channels:questions", found.code)


@role_required(Role.PROGRAMME)
def compare(request: DeskRequest, code: str) -> HttpResponse:
    """What differs between two versions; 0 is the standard questions, and the draft counts as a version."""
    found = get_object_or_404(Channel, code=code)
    versions = {version.version: version for version in found.versions.all()}
    latest = max(versions, default=0)
    before = _number(request.GET.get("before", ""), otherwise=max(latest - 1, 0))
    after = _number(request.GET.get("after", ""), otherwise=latest)
    context = {
        "channel": found,
        "offered": [(0, _("The standard questions"))] + [(each, _name(versions[each])) for each in sorted(versions)],
        "before": before,
        "after": after,
        "differences": differences(_questions(versions, before), _questions(versions, after)),
        "breadcrumb": [
            (_("Channels"), reverse("channels:list")),
            (found.name, reverse("channels:channel", args=[found.code])),
            (_("Compare versions"), ""),
        ],
    }
    return render(request, "channels/compare.html", context)


def _questions(versions: dict[int, ChannelQuestions], number: int) -> tuple[Question, ...]:
    version = versions.get(number)
    return read_questions(version.content) if version else STANDARD.questions


def _name(version: ChannelQuestions) -> str:
    if version.published_on is None:
        return _("The draft (version %(number)d)") % {"number": version.version}
    return _("Version %(number)d") % {"number": version.version}


def _number(text: str, *, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else otherwise


def _standing(found: Channel) -> Standing:
    readers = readers_of(found)
    why = ""
    if not found.active:
        why = _("It is closed.")
    elif not readers:
        why = _("Nobody in role, with a key of their own, receives what comes by it.")
    return Standing(found, readers, why, current_questions(found), draft_of(found))


def _unable(found: Channel, readers: list[User]) -> list[User]:
    """Those who are named as recipients and can receive nothing today."""
    able = {person.pk for person in readers}
    return [person for person in found.recipients.all() if person.pk not in able]


def _missing_titles(found: Channel, language: str) -> bool:
    return any(told and not told.get(language) for told in found.words.values())


def _few(count: int) -> str:
    """A count that does not single anybody out."""
    if count == 0:
        return _("none")
    return str(count) if count >= FEW else _("fewer than %(few)d") % {"few": FEW}


def _code(name: str) -> str:
    taken = [code.replace("-", "_") for code in Channel.objects.values_list("code", flat=True)]
    return name_for(name, [*taken, "new"]).replace("_", "-")


def languages_offered() -> list[tuple[str, str]]:
    """The portal's languages by their own names."""
    return [(code, language_name(code)) for code, _english in settings.LANGUAGES]
