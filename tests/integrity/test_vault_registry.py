"""Every field that could hold words is sealed, or somebody said why not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import models
from django.test.utils import isolate_apps

from integrity.vault import checks, listing
from integrity.vault.fields import SealedField, own_models, public_fields, sealed_fields
from integrity.vault.models import Key, SealedModel

ROOT = Path(__file__).resolve().parents[2]


def complaints(monkeypatch, *classes: type[models.Model]) -> list[tuple[str, str]]:
    """What the start-up check says about these models."""
    monkeypatch.setattr(checks, "own_models", lambda: list(classes))
    found = checks.words_are_sealed_or_declared(app_configs=None)
    return [(str(error.id), error.msg) for error in found]


@isolate_apps("integrity.vault")
def test_a_sloppy_model_keeps_the_program_from_starting(monkeypatch) -> None:
    class Sloppy(models.Model):
        """Everything that could hold words, in clear."""

        name = models.CharField(max_length=10)
        text = models.TextField()
        extra = models.JSONField()
        scan = models.FileField()
        mail = models.EmailField()
        raw = models.BinaryField()
        slug = models.SlugField()
        link = models.URLField()
        source = models.GenericIPAddressField()
        place = models.FilePathField()

        class Meta:
            app_label = "vault"

    found = complaints(monkeypatch, Sloppy)
    assert {identifier for identifier, _message in found} == {"vault.E005"}
    named = [message.split()[0].rpartition(".")[2] for _identifier, message in found]
    assert named == ["name", "text", "extra", "scan", "mail", "raw", "slug", "link", "source", "place"]


@isolate_apps("integrity.vault")
def test_closed_sets_numbers_days_and_references_need_no_word(monkeypatch) -> None:
    class Tidy(SealedModel):
        """Nothing that could hold words, but what is sealed."""

        state = models.CharField(max_length=10, choices=[("open", "Open")])
        number = models.IntegerField()
        on = models.DateField()
        sure = models.BooleanField()
        key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="+")
        text = SealedField()

        class Meta:
            app_label = "vault"

    assert complaints(monkeypatch, Tidy) == []


@isolate_apps("integrity.vault")
def test_what_an_ancestor_declares_holds_for_its_descendants(monkeypatch) -> None:
    class Numbered(models.Model):
        """An ancestor with a public number."""

        number = models.CharField(max_length=10)

        declared_public = {"number": "random"}

        class Meta:
            abstract = True
            app_label = "vault"

    class Letter(Numbered):
        """One that adds a field of its own."""

        title = models.CharField(max_length=10)

        declared_public = {"title": "a word of the program"}

        class Meta:
            app_label = "vault"

    class Forgetful(Numbered):
        """One that adds a field and says nothing."""

        title = models.CharField(max_length=10)

        class Meta:
            app_label = "vault"

    assert complaints(monkeypatch, Letter) == []
    assert complaints(monkeypatch, Forgetful) == [
        ("vault.E005", "vault.Forgetful.title can hold words and is neither sealed nor declared public.")
    ]


@isolate_apps("integrity.vault")
def test_a_declaration_without_a_reason_or_without_a_field_is_refused(monkeypatch) -> None:
    class Careless(SealedModel):
        """Declarations that say nothing, or speak of what is not there."""

        name = models.CharField(max_length=10)
        text = SealedField()

        declared_public = {"name": " ", "text": "sealed all the same", "gone": "removed last year"}

        class Meta:
            app_label = "vault"

    assert [identifier for identifier, _message in complaints(monkeypatch, Careless)] == [
        "vault.E005",
        "vault.E006",
        "vault.E006",
    ]


def test_every_model_of_the_product_passes() -> None:
    assert [error.msg for error in checks.words_are_sealed_or_declared(app_configs=None)] == []


def test_the_products_models_are_looked_at_and_others_are_not() -> None:
    labels = {model._meta.label for model in own_models()}
    assert {"cases.Case", "portal.Report", "people.User", "audit_log.Entry", "vault.Key"} <= labels
    assert not any(label.startswith(("auth.", "sessions.", "contenttypes.")) for label in labels)


def test_what_a_report_or_a_case_says_is_on_the_sealed_list_and_not_on_the_public_one() -> None:
    sealed = {(column.table, column.field) for column in sealed_fields()}
    public = {(column.table, column.field) for column in public_fields(own_models())}
    assert {("portal_report", "answers"), ("portal_message", "body"), ("cases_subject", "profile")} <= sealed
    assert ("portal_report", "reference") in public
    assert not sealed & public


def test_the_page_in_the_documents_is_the_one_that_the_models_make() -> None:
    committed = (ROOT / "docs" / "sealed-fields.md").read_text()
    assert committed == listing.page(), "integrity vault fields > docs/sealed-fields.md"


def test_the_command_prints_the_page() -> None:
    printed = io.StringIO()
    call_command("vault", "fields", stdout=printed, skip_checks=True)
    assert printed.getvalue() == listing.page()


@pytest.mark.parametrize("value", [3, 0, "many", None])
def test_a_suite_that_is_not_known_keeps_the_program_from_starting(settings, value: object) -> None:
    settings.VAULT_SUITE = value
    assert [error.id for error in checks.the_suite_is_known(app_configs=None)] == ["vault.E007"]


@pytest.mark.parametrize("value", [1, 2, "2"])
def test_a_suite_that_is_known_is_taken(settings, value: object) -> None:
    settings.VAULT_SUITE = value
    assert checks.the_suite_is_known(app_configs=None) == []
