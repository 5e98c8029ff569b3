"""How questions are asked that need more than one box. No script: what can be filled in is there from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from intake.channels.amounts import CURRENCIES
from intake.channels.days import told_day
from integrity.ui.forms import TYPED_IN_PRIVATE

ROWS: Final = 5
MOST_ROWS: Final = 31


class Parts(forms.MultiWidget):
    """Several boxes with a label each, inside the fieldset of their question."""

    template_name = "channels/parts.html"
    use_fieldset = True

    def __init__(self, boxes: Mapping[str, forms.Widget], attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(boxes), dict(attrs or {}))
        # With a hyphen, which no question has in its name, so that no box is taken for another question's.
        self.widgets_names = [f"-{name}" for name in boxes]

    def labels(self) -> list[tuple[str, str]]:
        """Label and hint of each box, in order."""
        raise NotImplementedError

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Beside Django's context: the label and the hint of each box."""
        context = super().get_context(name, value, dict(attrs or {}))
        boxes = context["widget"]["subwidgets"]
        for box, (label, hint) in zip(boxes, self.labels(), strict=True):
            box["label"], box["hint"] = label, hint
            if hint:
                box["attrs"]["aria-describedby"] = f"{box['attrs'].get('id', box['name'])}_hint"
        return context


class WhenWidget(Parts):
    """From, until, and words."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        boxes = {
            "from": forms.TextInput(TYPED_IN_PRIVATE),
            "until": forms.TextInput(TYPED_IN_PRIVATE),
            "words": forms.Textarea({"rows": 2, **TYPED_IN_PRIVATE}),
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[str]:
        """An answer as it would be typed."""
        given = value if isinstance(value, dict) else {}
        return [told_day(given.get("from", "")), told_day(given.get("until", "")), given.get("words", "")]

    def labels(self) -> list[tuple[str, str]]:
        """Label and hint of each box."""
        return [
            (_("On, or from"), _("For example 3 May 2026, or only May 2026, or 2026.")),
            (_("Until"), _("Leave it empty for a single day.")),
            (_("In your own words"), _("What you know less exactly: “every Monday”, “shortly before the inspection”.")),
        ]


class AmountWidget(Parts):
    """The amount as it is typed, and a currency to choose."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        currencies = [("", "–"), *((code, f"{code} · {name}") for code, name in CURRENCIES.items())]
        boxes = {
            "amount": forms.TextInput({"inputmode": "decimal", **TYPED_IN_PRIVATE}),
            "currency": forms.Select({"autocomplete": "off"}, choices=currencies),
        }
        super().__init__(boxes, attrs)

    def decompress(self, value: Any) -> list[str]:
        """An answer as it would be typed."""
        given = value if isinstance(value, dict) else {}
        return [given.get("amount", ""), given.get("currency", "")]

    def labels(self) -> list[tuple[str, str]]:
        """Label and hint of each box."""
        return [(_("How much"), _("About is enough: 1500000, or 1,200.50.")), (_("Currency"), "")]


class PeopleWidget(forms.Widget):
    """Room for several people; the first is open, the others unfold. Whoever filled all finds one more."""

    template_name = "channels/people.html"
    use_fieldset = True
    parts = ("name", "office", "role")

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[dict[str, str]]:
        """A row for each person of whom anything was typed."""
        rows = [
            {part: str(data.get(f"{name}-{number}-{part}", "")) for part in self.parts} for number in range(MOST_ROWS)
        ]
        return [row for row in rows if any(text.strip() for text in row.values())]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether the form had no row of it."""
        return not any(f"{name}-{number}-{part}" in data for number in range(MOST_ROWS) for part in self.parts)

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Beside Django's context: `people`, each with its boxes."""
        context = super().get_context(name, None, dict(attrs or {}))
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        identifier = context["widget"]["attrs"].pop("id", "") or f"id_{name}"
        invalid = context["widget"]["attrs"].get("aria-invalid", "")
        labels = {"name": _("Name, or how you would describe them"), "office": _("Office or firm"), "role": _("Role")}
        context["people"] = [
            {
                "number": number + 1,
                "open": number < max(len(rows), 1),
                "boxes": [
                    {
                        # The first one is what a link to the whole field leads to.
                        "id": identifier if number == 0 and part == "name" else f"{identifier}-{number}-{part}",
                        "name": f"{name}-{number}-{part}",
                        "label": labels[part],
                        "value": rows[number].get(part, "") if number < len(rows) else "",
                    }
                    for part in self.parts
                ],
            }
            for number in range(min(max(ROWS, len(rows) + 1), MOST_ROWS))
        ]
        context["invalid"] = invalid
        context["typed"] = TYPED_IN_PRIVATE
        return context
