"""The record that a board reads: what was alleged, found, charged, answered, heard and decided, and the appeal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from cases.appeals.models import Appeal
from cases.discipline.charges import answerable
from cases.discipline.decisions import ruling_of
from cases.investigation import findings
from cases.models import Case
from cases.outcomes import Outcome
from integrity.vault.keyring import Keyring

SANCTION = "sanction"


@dataclass(frozen=True)
class Part:
    """One document of the record. `body` is text, but a dict for the sanction, which the board's form compares."""

    kind: str
    title: str
    body: Any


def collect(case: Case, keyring: Keyring, *, appeal: Appeal) -> list[Part]:
    """Copy the record as it stands, in the language of whoever transmits it. Needs keys that open the case."""
    return [part for part in _parts(case, keyring, appeal) if part.body]


def _parts(case: Case, keyring: Keyring, appeal: Appeal) -> Iterator[Part]:
    charge = answerable(case, keyring)
    profile = charge.profile
    yield Part("respondent", _("Respondent"), f"{profile['name']} ({profile['staff_number']})")
    yield Part(
        "allegations",
        _("Allegations"),
        _paragraphs(
            f"{one.number}. {one.title} ({one.get_gravity_display()})\n{one.open(keyring, 'statement')}"
            for one in case.allegations.select_related("case__pack", "case__key")
        ),
    )
    number = findings.round_in_force(case)
    if number is not None:
        yield Part(
            "findings",
            _("Findings of the investigation"),
            _paragraphs(
                f"{one.allegation.number}. {Outcome(one.open(keyring, 'outcome')).label}\n"
                f"{one.open(keyring, 'grounds')['reasons']}"
                for one in findings.of_round(case, number)
            ),
        )
    yield from _procedure(case, keyring)
    ruling = ruling_of(appeal.decision, keyring)
    outcomes = "\n".join(f"{found.allegation.number}. {found.outcome.label}" for found in ruling.found)
    factors = ", ".join(str(factor.title) for factor in ruling.factors)
    yield Part(
        "decision",
        _("Decision %(number)s of %(day)s")
        % {"number": appeal.decision.number, "day": formats.date_format(appeal.decision.decided_on)},
        _paragraphs(filter(None, [outcomes, factors, ruling.sanction, ruling.reasons])),
    )
    yield Part(SANCTION, _("Sanction"), appeal.decision.open(keyring, "sanction"))
    yield Part(
        "appeal", _("The appeal"), _paragraphs([", ".join(appeal.ground_titles), appeal.open(keyring, "statement")])
    )


def _procedure(case: Case, keyring: Keyring) -> Iterator[Part]:
    notice = getattr(case, "notice", None)
    if notice is not None:
        content = notice.open(keyring, "content")
        charges = [f"{number}. {text}" for number, text in sorted(content["charges"].items())]
        yield Part(
            "notice",
            _("Show-cause notice of %(day)s") % {"day": formats.date_format(notice.issued_on)},
            _paragraphs([*charges, content["particulars"], "\n".join(content["evidence"])]),
        )
    answer = getattr(case, "representation", None)
    if answer is not None:
        text = answer.open(keyring, "text") if answer.received_on else _("No representation came within the time.")
        yield Part("representation", _("Representation"), text)
    for hearing in case.hearings.all():
        content = hearing.open(keyring, "content")
        yield Part(
            "hearing",
            _("Hearing of %(day)s") % {"day": formats.date_format(hearing.held_on)},
            _paragraphs([content["place"], content["present"], content["record"]]),
        )


def _paragraphs(parts: Any) -> str:
    return "\n\n".join(part for part in parts if part)


def imposed(appeal: Appeal, keyring: Keyring) -> dict[str, Any]:
    """The sanction appealed against, {"code", "amount"} or {}, from the record that the board holds."""
    part = appeal.record.filter(kind=SANCTION).first()
    found: dict[str, Any] = part.open(keyring, "body") if part is not None else {}
    return found
