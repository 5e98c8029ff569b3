"""The draft of a show-cause notice, made from the allegations and the pack; the authority edits it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cases.discipline.charges import Charge
from cases.models import Allegation, Case
from integrity.rules.pack import Pack
from integrity.rules.terms import ClockName
from integrity.vault.keyring import Keyring


def charge(allegation: Allegation) -> str:
    """What the allegation is in the words of the code: clause, offence, definition."""
    offence = allegation.case.pack.pack.offence(allegation.offence)
    return _("That you acted contrary to clause %(clause)s of the code of conduct, “%(title)s”: %(definition)s") % {
        "clause": offence.clause,
        "title": offence.title,
        "definition": offence.definition,
    }


def particulars(charge: Charge, keyring: Keyring) -> str:
    """What is said to have happened, allegation by allegation: one private-key operation for each."""
    return "\n\n".join(
        _("Charge %(number)d. %(statement)s")
        % {"number": allegation.number, "statement": allegation.open(keyring, "statement")}
        for allegation in charge.allegations
    )


def evidence(case: Case, keyring: Keyring) -> str:
    """The items of evidence on the file, one on each line: one private-key operation for each."""
    return "\n".join(f"{item.label} {item.open(keyring, 'details')['title']}" for item in case.evidence.all())


def rights(pack: Pack) -> str:
    """What the respondent may do, in how many days, and what must not be done."""
    return "\n\n".join(
        [
            _(
                "You may answer this notice in writing within %(days)s, counted from the day after it was served "
                "on you. If you do not, the matter may be decided on what is on the file."
            )
            % {"days": pack.clock(ClockName.REPRESENTATION)},
            _(
                "In your answer you may ask for a hearing, put forward documents and name witnesses. You may see "
                "the evidence listed in this notice and be assisted by a person of your choice."
            ),
            _(
                "Do not try to find out who reported this matter, and do not harm anybody for having helped to "
                "clear it up: both are misconduct in themselves."
            ),
        ]
    )
