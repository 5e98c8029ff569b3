"""From TOML to a pack, refusing whatever a person who writes one by hand may get wrong."""

from types import MappingProxyType

from django.utils.translation import gettext as _

from integrity.rules import working_calendar as calendars
from integrity.rules.entries import (
    AppealGround,
    Authority,
    Category,
    Clock,
    Factor,
    Offence,
    Sanction,
    SanctionRange,
    Settings,
)
from integrity.rules.pack import Pack
from integrity.rules.reading import SourceError, Table, quoted, read_toml
from integrity.rules.terms import (
    ClockName,
    ClockUnit,
    FactorKind,
    GradeBand,
    Gravity,
    SanctionUnit,
    StandardOfProof,
)
from integrity.rules.working_calendar import WorkingCalendar

FORMAT = 1


def parse_pack(content: bytes) -> Pack:
    """Read a whole pack. Raises `reading.SourceError` at the first thing that is wrong."""
    document = read_toml(content)
    document.integer("format", minimum=FORMAT, maximum=FORMAT)
    head = document.table("pack")
    document.languages = languages = head.language_codes("languages")
    head.languages = languages
    categories = _categories(document)
    sanctions = _sanctions(document)
    authorities = _authorities(document)
    pack = Pack(
        name=head.code("name"),
        version=head.version("version"),
        title=head.text("title"),
        source=head.text("source"),
        source_date=head.day("source_date"),
        languages=languages,
        categories=categories,
        offences=_offences(document, categories),
        sanctions=sanctions,
        matrix=MappingProxyType(_matrix(document, sanctions)),
        authorities=authorities,
        authority_matrix=MappingProxyType(_authority_matrix(document, sanctions, authorities)),
        clocks=MappingProxyType(_clocks(document)),
        calendar=_calendar(document),
        factors=_factors(document, FactorKind.AGGRAVATING) + _factors(document, FactorKind.MITIGATING),
        appeal_grounds=_appeal_grounds(document),
        settings=_settings(document),
    )
    _refuse_double_factors(pack)
    head.end()
    document.end()
    return pack


def _categories(document: Table) -> tuple[Category, ...]:
    found = []
    for table in document.tables("categories"):
        found.append(Category(code=table.code("code"), title=table.text("title")))
        table.end()
    return tuple(found)


def _offences(document: Table, categories: tuple[Category, ...]) -> tuple[Offence, ...]:
    found = []
    for table in document.tables("offences"):
        gravity = table.choice("gravity", Gravity)
        gravities = tuple(Gravity)
        if table.has("gravities"):
            gravities = table.choices("gravities", Gravity, tuple(Gravity))
            if gravity not in gravities:
                came = quoted(each.value for each in gravities)
                raise table.refuse("gravities", _("“%(word)s” among them") % {"word": gravity.value}, came)
        found.append(
            Offence(
                code=table.code("code"),
                title=table.text("title"),
                clause=table.clause("clause"),
                definition=table.text("definition"),
                category=table.known("category", [category.code for category in categories]),
                gravity=gravity,
                gravities=gravities,
                criminal=table.boolean("criminal"),
            )
        )
        table.end()
    return tuple(found)


def _sanctions(document: Table) -> tuple[Sanction, ...]:
    """The ladder, mildest first. Ranks tell the order, so no two may share one."""
    found: dict[int, Sanction] = {}
    for table in document.tables("sanctions"):
        unit = table.choice("unit", SanctionUnit)
        minimum, maximum = _limits(table, unit)
        rank = table.integer("rank", minimum=1)
        if rank in found:
            raise table.refuse("rank", _("a rank that is not taken by “%(code)s”") % {"code": found[rank].code})
        found[rank] = Sanction(table.code("code"), table.text("title"), rank, unit, minimum, maximum)
        table.end()
    return tuple(found[rank] for rank in sorted(found))


def _limits(table: Table, unit: SanctionUnit) -> tuple[int | None, int | None]:
    if unit is SanctionUnit.NONE:
        for key in ("minimum", "maximum"):
            if table.has(key):
                raise table.refuse(key, _("no amount, because the unit is “none”"))
        return None, None
    minimum = table.integer("minimum", minimum=1)
    return minimum, table.integer("maximum", minimum=minimum)


def _matrix(document: Table, sanctions: tuple[Sanction, ...]) -> dict[Gravity, tuple[SanctionRange, ...]]:
    by_code = {sanction.code: sanction for sanction in sanctions}
    matrix = document.table("matrix")
    found: dict[Gravity, tuple[SanctionRange, ...]] = {}
    for gravity in Gravity:
        row = matrix.table(gravity.value)
        if not row.names:
            raise matrix.refuse(gravity.value, _("at least one sanction"), _("an empty table"))
        for code in row.names:
            if code not in by_code:
                raise SourceError(row.path, _("sanctions among %(codes)s") % {"codes": quoted(by_code)}, quoted([code]))
        ranges = [_cell(row.table(code), gravity, by_code[code]) for code in row.names]
        found[gravity] = tuple(sorted(ranges, key=lambda cell: cell.sanction.rank))
    matrix.end()
    return found


def _cell(table: Table, gravity: Gravity, sanction: Sanction) -> SanctionRange:
    """A cell says nothing (the sanction's own limits hold), or narrows them."""
    minimum, maximum = sanction.minimum, sanction.maximum
    if minimum is not None and maximum is not None:
        if table.has("minimum"):
            minimum = table.integer("minimum", minimum=minimum, maximum=maximum)
        if table.has("maximum"):
            maximum = table.integer("maximum", minimum=minimum, maximum=maximum)
    else:
        _limits(table, sanction.unit)
    table.end()
    return SanctionRange(gravity, sanction, minimum, maximum)


def _authorities(document: Table) -> tuple[Authority, ...]:
    found: dict[int, Authority] = {}
    for table in document.tables("authorities"):
        rank = table.integer("rank", minimum=1)
        if rank in found:
            raise table.refuse("rank", _("a rank that is not taken by “%(code)s”") % {"code": found[rank].code})
        found[rank] = Authority(table.code("code"), table.text("title"), rank)
        table.end()
    return tuple(found[rank] for rank in sorted(found))


def _authority_matrix(
    document: Table, sanctions: tuple[Sanction, ...], authorities: tuple[Authority, ...]
) -> dict[tuple[GradeBand, str], Authority]:
    """An authority for every band and sanction, never lower for a heavier sanction or a higher band."""
    by_code = {authority.code: authority for authority in authorities}
    matrix = document.table("authority_matrix")
    found: dict[tuple[GradeBand, str], Authority] = {}
    higher_band: GradeBand | None = None
    for band in GradeBand:
        row = matrix.table(band.value)
        milder: Sanction | None = None
        for sanction in sanctions:
            authority = by_code[row.known(sanction.code, by_code)]
            if milder and authority.rank < found[band, milder.code].rank:
                expected = _("an authority not lower than for “%(sanction)s”") % {"sanction": milder.code}
                raise row.refuse(sanction.code, expected)
            if higher_band and authority.rank > found[higher_band, sanction.code].rank:
                expected = _("an authority not higher than for band %(band)s") % {"band": higher_band.value}
                raise row.refuse(sanction.code, expected)
            found[band, sanction.code] = authority
            milder = sanction
        row.end()
        higher_band = band
    matrix.end()
    return found


def _clocks(document: Table) -> dict[ClockName, Clock]:
    clocks = document.table("clocks")
    found = {}
    for name in ClockName:
        table = clocks.table(name.value)
        found[name] = Clock(name, table.integer("amount", minimum=1, maximum=1200), table.choice("unit", ClockUnit))
        table.end()
    clocks.end()
    return found


def _calendar(document: Table) -> WorkingCalendar:
    table = document.table("calendar")
    country = subdivision = ""
    if table.has("country"):
        country = table.string("country")
        if not calendars.known_country(country):
            raise table.refuse("country", _("an ISO 3166 country code that the holiday calendar knows"))
    if table.has("subdivision"):
        if not country:
            raise table.refuse("subdivision", _("no subdivision, because there is no country"))
        known = calendars.known_subdivisions(country)
        if not known:
            raise table.refuse(
                "subdivision", _("no subdivision, because “%(country)s” has none") % {"country": country}
            )
        subdivision = table.known("subdivision", known)
    weekend = table.words("weekend", calendars.WEEKDAYS)
    if len(weekend) == len(calendars.WEEKDAYS):
        raise table.refuse("weekend", _("at least one day of work in the week"))
    closing_days = table.days("closing_days")
    table.end()
    return WorkingCalendar(country, subdivision, frozenset(map(calendars.WEEKDAYS.index, weekend)), closing_days)


def _factors(document: Table, kind: FactorKind) -> tuple[Factor, ...]:
    found = []
    for table in document.tables(f"{kind.value}_factors"):
        found.append(Factor(table.code("code"), table.text("title"), kind))
        table.end()
    return tuple(found)


def _refuse_double_factors(pack: Pack) -> None:
    """A code stands for one factor, so that a decision that names it says which way it weighed."""
    both = {factor.code for factor in pack.aggravating} & {factor.code for factor in pack.mitigating}
    if both:
        raise SourceError("mitigating_factors", _("codes that no aggravating factor has"), quoted(sorted(both)))


def _appeal_grounds(document: Table) -> tuple[AppealGround, ...]:
    found = []
    for table in document.tables("appeal_grounds"):
        found.append(AppealGround(table.code("code"), table.text("title")))
        table.end()
    return tuple(found)


def _settings(document: Table) -> Settings:
    table = document.table("settings")
    members = table.integer("board_members", minimum=3, maximum=15)
    settings = Settings(
        anonymous_admissible=table.boolean("anonymous_admissible"),
        appeal_stays_sanction=table.boolean("appeal_stays_sanction"),
        appeal_may_aggravate=table.boolean("appeal_may_aggravate"),
        standard_of_proof=table.choice("standard_of_proof", StandardOfProof),
        hearing_always_for=table.choices("hearing_always_for", Gravity, tuple(Gravity)),
        four_eyes_for=table.choices("four_eyes_for", Gravity, tuple(Gravity)),
        # A minor matter is never published, whatever a pack says: its respondent would pay twice.
        publication_for=table.choices("publication_for", Gravity, (Gravity.SERIOUS, Gravity.GROSS)),
        board_members=members,
        board_quorum=table.integer("board_quorum", minimum=members // 2 + 1, maximum=members),
        preventive_suspension_extensions=table.integer("preventive_suspension_extensions", minimum=0, maximum=12),
        detriment_checks=table.integers("detriment_checks", minimum=1),
    )
    table.end()
    return settings
