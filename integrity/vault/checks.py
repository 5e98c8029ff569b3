"""Start-up checks: what is sealed can be sealed, and nothing weaker is in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from integrity.vault.fields import declared_public, own_models, public_fields, sealed_fields
from integrity.vault.models import SealedModel
from integrity.vault.passphrase import receipt_cost, staff_cost
from integrity.vault.suites import UnknownSuite, suite_for_new_keys

UPLOAD_HANDLER: Final = "integrity.vault.uploads.SealingUploadHandler"


@register
def sealed_fields_can_be_sealed(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Every sealed field sits in a SealedModel that has the property for its key."""
    errors: list[CheckMessage] = []
    for column in sealed_fields():
        name = f"{column.model._meta.label}.{column.field}"
        if not issubclass(column.model, SealedModel):
            errors.append(Error(f"{name} is a sealed field outside a SealedModel.", id="vault.E001"))
        elif not _defines(column.model, column.key):
            errors.append(Error(f"{name} is sealed to {column.key!r}, which its model lacks.", id="vault.E002"))
    return errors


@register
def uploads_are_sealed(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """No other upload handler may see a file: Django's own write plaintext to disk."""
    if list(settings.FILE_UPLOAD_HANDLERS) == [UPLOAD_HANDLER]:
        return []
    return [Error(f"FILE_UPLOAD_HANDLERS must be [{UPLOAD_HANDLER!r}] and nothing else.", id="vault.E003")]


@register
def passphrases_are_costly(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Weak Argon2id costs are for the tests."""
    if getattr(settings, "TESTING", False):
        return []
    return [
        Error(f"{name} is weaker than 19 MiB and 2 passes.", id="vault.E004")
        for name, cost in (("VAULT_STAFF_COST", staff_cost()), ("VAULT_RECEIPT_COST", receipt_cost()))
        if cost.is_weak
    ]


@register
def words_are_sealed_or_declared(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Every field that could hold words is sealed, or says why it may be read by whoever has the database."""
    errors: list[CheckMessage] = []
    for model in own_models():
        label = model._meta.label
        columns = list(public_fields([model]))
        errors += [
            Error(
                f"{label}.{column.field} can hold words and is neither sealed nor declared public.",
                hint=f'Make it a SealedField, or give the reason: declared_public = {{"{column.field}": "…"}}.',
                id="vault.E005",
            )
            for column in columns
            if not column.reason
        ]
        errors += [
            Error(f"{label} declares {name!r} public, which is sealed, closed or not there.", id="vault.E006")
            for name in sorted(set(declared_public(model)) - {column.field for column in columns})
        ]
    return errors


@register
def the_suite_is_known(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """New keys are made in a suite that this version can open again."""
    try:
        suite_for_new_keys()
    except (UnknownSuite, TypeError, ValueError) as error:
        return [Error(f"VAULT_SUITE names no suite: {error}", id="vault.E007")]
    return []


def _defines(model: type[SealedModel], key: str) -> bool:
    """Whether the model answers to the name itself: SealedModel's own `sealing_key` only raises."""
    return any(key in ancestor.__dict__ for ancestor in model.__mro__ if ancestor is not SealedModel)
