"""What the inbox tells about each step. The floor above declares its sentences here, because it knows the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

_sentences: dict[str, StrPromise] = {"received": _("Your report arrived and was sealed.")}


def declare_sentence(step: str, sentence: StrPromise) -> None:
    """Say what the reporting person reads when this step is done."""
    _sentences[step] = sentence


def sentence_for(step: str) -> StrPromise | None:
    """The sentence for a step, or None when the reporting person is not told of it."""
    return _sentences.get(step)
