"""A form tells what is wrong beside the field, links to it from above, and keeps what was typed."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django import forms
from django.template.loader import render_to_string

from integrity.ui import forms as ui_forms


class Elements(HTMLParser):
    """Every element of a page as (tag, attributes)."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        """The ids in the order of the page."""
        return [str(attributes["id"]) for _tag, attributes in self.all if "id" in attributes]

    def named(self, name: str) -> dict[str, str | None]:
        """The attributes of the first element with that form name."""
        return next(attributes for _tag, attributes in self.all if attributes.get("name") == name)


class Telling(ui_forms.Form):
    """Fields of several kinds in two sections, one in none."""

    sections = [
        ("What happened", "As much as you know.", ["what", "when"]),
        ("About you", "", ["relation", "agree"]),
    ]
    what = forms.CharField(label="What happened?", help_text="Who did what.", widget=forms.Textarea)
    when = ui_forms.DateField(label="When", required=False)
    relation = forms.ChoiceField(label="You are", choices=[("s", "Staff")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I have kept the receipt")
    place = forms.CharField(label="Where")
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, object]:
        """One error of the whole form."""
        if self.cleaned_data.get("place") == "nowhere":
            raise forms.ValidationError("A place is needed.")
        return self.cleaned_data


class Plain(forms.Form):
    """A form that knows nothing of this room."""

    amount = forms.IntegerField(label="Amount")


@pytest.fixture
def refused() -> Telling:
    """A form sent with a place that will not do and most of the rest missing."""
    return Telling({"place": "nowhere", "when": "yesterday"})


def page_of(form: forms.Form) -> Elements:
    """The summary and the form, as a page puts them."""
    return Elements(render_to_string("ui/error_summary.html", {"form": form}) + str(form))


def test_every_link_of_the_summary_leads_to_something_that_takes_the_focus(refused: Telling) -> None:
    page = page_of(refused)
    links = [str(attributes["href"])[1:] for tag, attributes in page.all if tag == "a"]
    focusable = {attributes.get("id") for tag, attributes in page.all if tag in {"input", "textarea", "select"}}
    assert len(links) == 4
    assert set(links) <= focusable


def test_a_field_names_its_hint_and_its_error_for_a_screen_reader(refused: Telling) -> None:
    page = page_of(refused)
    described = str(page.named("what")["aria-describedby"]).split()
    assert described == ["id_what_helptext", "id_what_error"]
    assert set(described) <= set(page.ids())
    assert page.named("what")["aria-invalid"] == "true"


def test_a_group_of_choices_is_a_fieldset_with_its_error(refused: Telling) -> None:
    fieldsets = [attributes for tag, attributes in page_of(refused).all if tag == "fieldset"]
    assert {"aria-describedby": "id_relation_error"} in fieldsets


def test_what_was_typed_is_kept(refused: Telling) -> None:
    page = page_of(refused)
    assert page.named("place")["value"] == "nowhere"
    assert page.named("when")["value"] == "yesterday"


def test_an_error_of_the_whole_form_is_in_the_summary_and_at_the_form(refused: Telling) -> None:
    assert "A place is needed." in render_to_string("ui/error_summary.html", {"form": refused})
    assert "A place is needed." in str(refused)


def test_no_id_comes_twice(refused: Telling) -> None:
    ids = page_of(refused).ids()
    assert len(ids) == len(set(ids))


def test_the_summary_takes_the_focus_without_a_script(refused: Telling) -> None:
    attributes = next(a for _tag, a in page_of(refused).all if a.get("class") == "error-summary")
    assert attributes["role"] == "alert"
    assert attributes["tabindex"] == "-1"
    assert "autofocus" in attributes


def test_a_form_without_errors_has_no_summary() -> None:
    assert render_to_string("ui/error_summary.html", {"form": Telling()}).strip() == ""


def test_sections_are_fieldsets_and_the_rest_follows() -> None:
    titles = [section.title for section in Telling().laid_out()]
    assert titles == ["What happened", "About you", ""]
    source = str(Telling())
    assert source.index("<legend>What happened</legend>") < source.index("<legend>About you</legend>")
    assert source.index("<legend>About you</legend>") < source.index('name="place"')
    assert source.count('name="token"') == 1


def test_a_section_that_names_an_unknown_field_is_a_mistake_found_at_once() -> None:
    class Mistaken(ui_forms.Form):
        sections = [("Title", "", ["nothing"])]

    with pytest.raises(KeyError):
        str(Mistaken())


def test_a_field_that_may_stay_empty_says_so() -> None:
    source = str(Telling())
    assert source.count("(optional)") == 1


def test_a_hint_is_text_and_not_markup() -> None:
    class Hinted(forms.Form):
        name = forms.CharField(help_text="less < more")

    assert "less &lt; more" in str(Hinted())


def test_any_django_form_gets_the_same_look() -> None:
    page = page_of(Plain({"amount": "many"}))
    assert page.named("amount")["aria-describedby"] == "id_amount_error"
    assert ("a", {"href": "#id_amount"}) in page.all


def test_a_day_is_asked_for_with_the_field_of_the_browser() -> None:
    page = page_of(Telling({"when": "2026-03-31"}))
    assert page.named("when")["type"] == "date"
    assert page.named("when")["value"] == "2026-03-31"
