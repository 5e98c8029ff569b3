"""What somebody reads who writes a rule pack by hand and gets something wrong: where, what was expected, what came."""

import pytest
from django.utils import translation

from integrity.rules.pack import MODEL, parse
from integrity.rules.reading import SourceError

CONTENT = MODEL.read_text()

LADDER = (
    "“oral-warning”, “written-reprimand”, “fine”, “forfeiture”, “increment-deferment”, “pay-cut”, “suspension”, "
    "“demotion”, “dismissal”"
)

REFUSALS = [
    ("format = 1", "format = 2", "format: expected a whole number from 1 to 1, but 2 came."),
    ("format = 1", "format = true", "format: expected a whole number from 1 to 1, but true came."),
    ("format = 1\n", "", "format: expected a whole number from 1 to 1, but nothing came."),
    ("format = 1", 'format = 1\npack_colour = "blue"',
     "the document: expected no other keys than “aggravating_factors”, “appeal_grounds”, “authorities”, "
     "“authority_matrix”, “calendar”, “categories”, “clocks”, “format”, “matrix”, “mitigating_factors”, "
     "“offences”, “pack”, “sanctions”, “settings”, but “pack_colour” came."),
    ("[settings]", "[setings]", "settings: expected a table, but nothing came."),
    # The head
    ('name = "model"', 'name = "Model Pack"',
     "pack.name: expected a code of small letters, digits and hyphens, but “Model Pack” came."),
    ('version = "2024.1"', "version = 2024.1",
     "pack.version: expected a version of digits, letters, full stops and hyphens, but 2024.1 came."),
    ('version = "2024.1"', 'version = "2024/1"',
     "pack.version: expected a version of digits, letters, full stops and hyphens, but “2024/1” came."),
    ("source_date = 2024-01-15", "source_date = 2024-01-15T10:00:00",
     "pack.source_date: expected a date such as 2025-01-31, but 2024-01-15 10:00:00 came."),
    ('languages = ["en", "ar"]', 'languages = ["ar"]',
     "pack.languages: expected an array of languages with “en” among them, but an array of 1 item came."),
    ('languages = ["en", "ar"]', 'languages = ["en", "Arabic"]',
     "pack.languages: expected an array of languages with “en” among them, but “Arabic” came."),
    ('languages = ["en", "ar"]', 'languages = ["en", "ar"]\nauthor = "somebody"',
     "pack: expected no other keys than “languages”, “name”, “source”, “source_date”, “title”, “version”, "
     "but “author” came."),
    ('title = "Model disciplinary rules for a customs administration"', "title = 7",
     "pack.title: expected a text, or a table of texts by language, but 7 came."),
    ('title = "Model disciplinary rules for a customs administration"', 'title = ""',
     "pack.title: expected a text, or a table of texts by language, but “” came."),
    ('title = "Model disciplinary rules for a customs administration"', 'title = { ar = "قواعد" }',
     "pack.title.en: expected a text, but nothing came."),
    ('title = "Model disciplinary rules for a customs administration"', 'title = { en = "Rules", ms = "Peraturan" }',
     "pack.title: expected languages among “en”, “ar”, but “ms” came."),
    # Categories and offences
    ('code = "bribery"', 'code = "nepotism"',
     "categories: expected each code once, but “nepotism” twice came."),
    ('code = "bribery"', 'label = "bribery"',
     "categories[1].code: expected a code of small letters, digits and hyphens, but nothing came."),
    ('code = "bribery"', 'code = "bribery"\nweight = 3',
     'categories["bribery"]: expected no other keys than “code”, “title”, but “weight” came.'),
    ('code = "speed-money"', 'code = "bribe-solicited"',
     "offences: expected each code once, but “bribe-solicited” twice came."),
    ('clause = "2.2"', 'clause = "two"',
     'offences["speed-money"].clause: expected the number of a clause, such as “3.2”, but “two” came.'),
    ('clause = "2.2"', "clause = 2.2",
     'offences["speed-money"].clause: expected the number of a clause, such as “3.2”, but 2.2 came.'),
    ('category = "supervision"', 'category = "leadership"',
     'offences["failure-to-act"].category: expected one of “bribery”, “abuse-of-office”, “conflict-of-interest”, '
     "“confidentiality”, “fraud”, “nepotism”, “harassment”, “attendance-and-claims”, “conduct”, “reporting”, "
     "“supervision”, but “leadership” came."),
    ('gravity = "gross"', 'gravity = "grave"',
     'offences["bribe-for-undervaluation"].gravity: expected one of “minor”, “serious”, “gross”, '
     "but “grave” came."),
    ('gravity = "gross"', 'gravity = ["gross"]',
     'offences["bribe-for-undervaluation"].gravity: expected one of “minor”, “serious”, “gross”, '
     "but an array of 1 item came."),
    ('gravities = ["gross"]', 'gravities = ["minor"]',
     'offences["bribe-for-undervaluation"].gravities: expected “gross” among them, but “minor” came.'),
    ('gravities = ["gross"]', 'gravities = ["gross", "gross"]',
     'offences["bribe-for-undervaluation"].gravities: expected an array of different words among “minor”, '
     "“serious”, “gross”, but “gross”, “gross” came."),
    ("criminal = true", 'criminal = "yes"',
     'offences["bribe-for-undervaluation"].criminal: expected true or false, but “yes” came.'),
    # Sanctions and the matrix
    ("rank = 2\nunit", "rank = 1\nunit",
     'sanctions["written-reprimand"].rank: expected a rank that is not taken by “oral-warning”, but 1 came.'),
    ('unit = "days-of-pay"', 'unit = "weeks"',
     'sanctions["fine"].unit: expected one of “none”, “days-of-pay”, “days”, “months”, “grades”, '
     "but “weeks” came."),
    ('rank = 1\nunit = "none"', 'rank = 1\nunit = "none"\nmaximum = 3',
     'sanctions["oral-warning"].maximum: expected no amount, because the unit is “none”, but 3 came.'),
    ("minimum = 1\nmaximum = 7\n", "minimum = 1\n",
     'sanctions["fine"].maximum: expected a whole number from 1 to 100000, but nothing came.'),
    ("minimum = 1\nmaximum = 7\n", "minimum = 9\nmaximum = 7\n",
     'sanctions["fine"].maximum: expected a whole number from 9 to 100000, but 7 came.'),
    ("[matrix.minor]\noral-warning = {}", "[matrix.minor]\nlecture = {}",
     f"matrix.minor: expected sanctions among {LADDER}, but “lecture” came."),
    ("[matrix.gross]", "[matrix.horrible]", "matrix.gross: expected a table, but nothing came."),
    ("[matrix.minor]", "[matrix.trifle]\nfine = {}\n[matrix.minor]",
     "matrix: expected no other keys than “gross”, “minor”, “serious”, but “trifle” came."),
    ("fine = { maximum = 3 }", "fine = { maximum = 8 }",
     "matrix.minor.fine.maximum: expected a whole number from 1 to 7, but 8 came."),
    ("fine = { minimum = 3 }", "fine = { minimum = 0 }",
     "matrix.serious.fine.minimum: expected a whole number from 1 to 7, but 0 came."),
    ("fine = { maximum = 3 }", "fine = { at_most = 3 }",
     "matrix.minor.fine: expected no other keys than “maximum”, “minimum”, but “at_most” came."),
    ("demotion = {}\ndismissal = {}", "demotion = {}\ndismissal = { minimum = 1 }",
     "matrix.gross.dismissal.minimum: expected no amount, because the unit is “none”, but 1 came."),
    # Authorities
    ('code = "council"', 'code = "director-general"',
     "authorities: expected each code once, but “director-general” twice came."),
    ("rank = 3\n\n[authority_matrix.A]", "rank = 2\n\n[authority_matrix.A]",
     'authorities["council"].rank: expected a rank that is not taken by “director-general”, but 2 came.'),
    ("[authority_matrix.D]", "[authority_matrix.E]", "authority_matrix.D: expected a table, but nothing came."),
    ('demotion = "disciplinary-authority"\ndismissal = "director-general"', 'dismissal = "director-general"',
     "authority_matrix.D.demotion: expected one of “disciplinary-authority”, “director-general”, “council”, "
     "but nothing came."),
    ('suspension = "director-general"\ndemotion = "council"\ndismissal = "council"',
     'suspension = "director-general"\ndemotion = "council"\ndismissal = "director-general"',
     "authority_matrix.B.dismissal: expected an authority not lower than for “demotion”, "
     "but “director-general” came."),
    ('demotion = "disciplinary-authority"\ndismissal = "director-general"',
     'demotion = "disciplinary-authority"\ndismissal = "council"',
     "authority_matrix.D.dismissal: expected an authority not higher than for band C, but “council” came."),
    ("[authority_matrix.D]", '[authority_matrix.D]\ndemotion-in-rank = "council"',
     "authority_matrix.D: expected no other keys than “demotion”, “dismissal”, “fine”, “forfeiture”, "
     "“increment-deferment”, “oral-warning”, “pay-cut”, “suspension”, “written-reprimand”, "
     "but “demotion-in-rank” came."),
    # Clocks and the calendar
    ("acknowledge = { amount = 7, unit", "# acknowledge = { amount = 7, unit",
     "clocks.acknowledge: expected a table, but nothing came."),
    ("acknowledge = { amount = 7, unit", "acknowledge = { amount = 0, unit",
     "clocks.acknowledge.amount: expected a whole number from 1 to 1200, but 0 came."),
    ('acknowledge = { amount = 7, unit = "days" }', 'acknowledge = { amount = 7, unit = "weeks" }',
     "clocks.acknowledge.unit: expected one of “days”, “working-days”, “months”, but “weeks” came."),
    ('country = "TH"', 'country = "Siam"',
     "calendar.country: expected an ISO 3166 country code that the holiday calendar knows, but “Siam” came."),
    ('country = "TH"', 'country = "SG"\nsubdivision = "North"',
     "calendar.subdivision: expected no subdivision, because “SG” has none, but “North” came."),
    ('country = "TH"', 'subdivision = "North"',
     "calendar.subdivision: expected no subdivision, because there is no country, but “North” came."),
    ('country = "TH"', 'country = "TL"\nsubdivision = 4',
     "calendar.subdivision: expected no subdivision, because “TL” has none, but 4 came."),
    ('weekend = ["saturday", "sunday"]', 'weekend = ["Saturday"]',
     "calendar.weekend: expected an array of different words among “monday”, “tuesday”, “wednesday”, “thursday”, "
     "“friday”, “saturday”, “sunday”, but “Saturday” came."),
    ('weekend = ["saturday", "sunday"]',
     'weekend = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]',
     "calendar.weekend: expected at least one day of work in the week, but an array of 7 items came."),
    ("closing_days = [2024-04-11, ", 'closing_days = ["11 April", ',
     "calendar.closing_days: expected an array of dates such as 2025-01-31, but an array of 8 items came."),
    # Factors, grounds, settings
    ('code = "admitted"', 'code = "personal-gain"',
     "mitigating_factors: expected codes that no aggravating factor has, but “personal-gain” came."),
    ("[calendar]", "[holidays]", "calendar: expected a table, but nothing came."),
    ('standard_of_proof = "balance-of-probabilities"', 'standard_of_proof = "a hunch"',
     "settings.standard_of_proof: expected one of “balance-of-probabilities”, “substantial-evidence”, "
     "“clear-and-convincing”, “beyond-reasonable-doubt”, but “a hunch” came."),
    ('publication_for = ["serious", "gross"]', 'publication_for = ["minor"]',
     "settings.publication_for: expected an array of different words among “serious”, “gross”, "
     "but “minor” came."),
    ("board_members = 3", "board_members = 1",
     "settings.board_members: expected a whole number from 3 to 15, but 1 came."),
    ("board_quorum = 3", "board_quorum = 1",
     "settings.board_quorum: expected a whole number from 2 to 3, but 1 came."),
    ("detriment_checks = [30, 90, 180, 365]", "detriment_checks = [90, 30]",
     "settings.detriment_checks: expected an array of rising whole numbers from 1, but [90, 30] came."),
    ("detriment_checks = [30, 90, 180, 365]", "detriment_checks = 30",
     "settings.detriment_checks: expected an array of rising whole numbers from 1, but 30 came."),
    ("detriment_checks = [30, 90, 180, 365]", "detriment_checks = []",
     "settings.detriment_checks: expected an array of rising whole numbers from 1, but [] came."),
]  # fmt: skip


def _changed(old: str, new: str) -> bytes:
    assert old in CONTENT
    return CONTENT.replace(old, new, 1).encode()


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSALS, ids=[sentence for *_, sentence in REFUSALS])
def test_a_mistake_in_a_pack_is_told_with_its_place(old: str, new: str, sentence: str) -> None:
    with translation.override("en"), pytest.raises(SourceError) as refused:
        parse(_changed(old, new))
    assert str(refused.value) == sentence


def test_a_pack_that_is_no_toml_says_so() -> None:
    with pytest.raises(SourceError) as refused:
        parse(b"format = \n")
    assert refused.value.expected == "valid TOML"
    assert "line 1" in refused.value.came


def test_a_pack_that_is_not_utf_8_says_where() -> None:
    with pytest.raises(SourceError) as refused:
        parse(b"format = 1 # caf\xe9")
    assert str(refused.value) == "the document: expected text in UTF-8, but byte 0xe9 at position 16 came."


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(SourceError, match=r"^format: expected"):
        parse(b"")


def test_a_pack_without_grounds_of_appeal_is_refused() -> None:
    without = CONTENT.partition("[[appeal_grounds]]")[0].encode()
    with pytest.raises(SourceError) as refused:
        parse(without)
    assert str(refused.value) == "appeal_grounds: expected an array of tables, but nothing came."
