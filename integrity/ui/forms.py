"""How a form looks: label, hint, error and field, grouped in sections, for every form of the product."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeVar

from django import forms
from django.forms.renderers import DjangoTemplates

# For words that are nobody else's business: some browsers and their extensions send what is typed into a field to a
# service that checks spelling, goes on writing or fills in.
TYPED_IN_PRIVATE: Final = {
    "autocomplete": "off",
    "autocorrect": "off",
    "spellcheck": "false",
    "writingsuggestions": "false",
    "data-gramm": "false",
}
AnyForm = TypeVar("AnyForm", bound=forms.BaseForm)


class BoundField(forms.BoundField):
    """A field of a form on the page, which also knows its look and where a link to it should lead."""

    @property
    def kind(self) -> str:
        """One of "check" (one box), "choices" (boxes or radio buttons), "file", and "" for the rest."""
        widget = self.field.widget
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "choices"
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        return "file" if isinstance(widget, forms.FileInput) else ""

    @property
    def error_target(self) -> str:
        """The id of the first thing that can take the focus in this field."""
        widget = self.field.widget
        first_of_many = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.MultiWidget)
        return f"{self.auto_id}_0" if first_of_many else self.auto_id


class Renderer(DjangoTemplates):
    """FORM_RENDERER: Django's widgets inside this room's form and field templates."""

    form_template_name = "ui/forms/form.html"
    field_template_name = "ui/forms/field.html"
    bound_field_class = BoundField


@dataclass(frozen=True)
class Section:
    """A group of fields under one heading; `title` is empty for the fields that no section names."""

    title: Any
    hint: Any
    fields: Sequence[forms.BoundField]


class Sectioned:
    """Mixin for any Django form: `sections` = [(title, hint, [field names])] makes fieldsets.

    `forgets` is true for a form of secrets, which does not come back filled in.
    """

    forgets: ClassVar[bool] = False
    sections: ClassVar[Sequence[tuple[Any, Any, Sequence[str]]]] = ()

    def laid_out(self: Any) -> list[Section]:
        """The visible fields in their sections; fields that no section names come last.

        Raises KeyError when a section names a field that the form does not have.
        """
        if not self.sections:
            return []
        sections = [
            Section(title, hint, [self[name] for name in names if not self[name].is_hidden])
            for title, hint, names in self.sections
        ]
        named = {name for _title, _hint, names in self.sections for name in names}
        rest = [field for field in self.visible_fields() if field.name not in named]
        return [*sections, Section("", "", rest)] if rest else sections


class Form(Sectioned, forms.Form):
    """A form with sections."""


class ModelForm(Sectioned, forms.ModelForm):
    """A model form with sections."""


def unjudged(form: AnyForm, *, but: Collection[str] = ()) -> AnyForm:
    """The form as it was typed, with nothing found wrong, because nobody has sent it; errors of `but` stay."""
    for name in [name for name in form.errors if name not in but]:
        del form.errors[name]
    return form


class DateInput(forms.DateInput):
    """The browser's own date field, which needs no script."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    """A day, asked for with the browser's own date field; browsers send year-month-day."""

    widget = DateInput
    input_formats = ["%Y-%m-%d"]


class TimeInput(forms.TimeInput):
    """The browser's own time field."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")
