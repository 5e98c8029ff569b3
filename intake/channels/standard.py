"""The questions that every channel asks until the institution writes its own."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from intake.channels.questionnaire import Kind, Question, Questionnaire

STANDARD: Final = Questionnaire(
    (
        Question(
            name="what",
            kind=Kind.LONG,
            missing=_("Tell us what happened. One sentence is enough to begin; you can add more later."),
            label=_("What happened?"),
            hint=_(
                "In your own words, in any language, as it comes to mind. What did you see or hear yourself, and "
                "what did others tell you? You need not be certain, and you need not prove anything."
            ),
            longest=50_000,
            lines=10,
            required=True,
        ),
        Question(
            name="when",
            kind=Kind.LONG,
            longest=2_000,
            label=_("When did it happen?"),
            hint=_(
                "A day, a month, or a period. For example: “in the morning of 3 May”, or “every week since January”."
            ),
            lines=2,
        ),
        Question(
            name="where",
            kind=Kind.LONG,
            longest=2_000,
            label=_("Where did it happen?"),
            hint=_(
                "An office, a gate, a warehouse, a vessel, a telephone call. Something that can be found again helps."
            ),
            lines=2,
        ),
        Question(
            name="who",
            kind=Kind.LONG,
            label=_("Who was part of it, and who else saw it?"),
            hint=_(
                "Names, positions or descriptions, and what each of them did. If very few people could know something, "
                "think whether naming it could point at you."
            ),
            longest=10_000,
            lines=4,
        ),
        Question(
            name="how_known",
            kind=Kind.LONG,
            label=_("How do you know?"),
            hint=_(
                "Were you there, did you see papers or messages, or did somebody tell you? Where could proof be found?"
            ),
            longest=10_000,
            lines=4,
        ),
        Question(
            name="reported_before",
            kind=Kind.LONG,
            label=_("Have you told anybody about it before?"),
            hint=_("Whom, about when, and what came of it. This helps us not to alert the wrong person."),
            longest=10_000,
            lines=3,
        ),
        Question(name="files", kind=Kind.FILES, label=_("Files")),
    )
)
