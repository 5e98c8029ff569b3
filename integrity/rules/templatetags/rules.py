"""Showing the texts of a pack or a code."""

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info

from integrity.rules.text import FALLBACK, Text

register = template.Library()


@register.filter
def spoken(text: Text) -> SafeString:
    """The text in the reader's language; one that falls back to another is marked with it (WCAG 3.1.2)."""
    language = text.language
    if (get_language() or FALLBACK).partition("-")[0] == language.partition("-")[0]:
        return escape(text)
    direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
    return format_html('<span lang="{}" dir="{}">{}</span>', language, direction, text)


@register.filter
def anchor(clause: str) -> str:
    """The fragment of a clause on the page of the code: “3.2” is at `#clause-3-2`."""
    return f"clause-{clause.replace('.', '-')}"
