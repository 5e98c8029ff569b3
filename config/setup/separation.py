"""Whether the people there are could work a case to its end, by the workflow table's own separation of duties.

Each step that somebody must take is a place at a table; two places that the table, or a room, keeps apart need
different people. A step that no seating reaches would get stuck.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cases.states import Track
from cases.workflow import SYSTEM, TRANSITIONS, Transition
from integrity.people.roles import Role

# Whoever decides or sits on a board had no part in the matter before: the rooms ask for that beyond the table.
PARTS: Final = {Role.AUTHORITY: (Track.REPORT, Track.CASE), Role.BOARD: (Track.CASE,)}
OPINION: Final = "vote"
# More people of the same roles than this make no difference: no step is kept apart from so many others.
ALIKE: Final = 8
Key = tuple[str, int]


@dataclass(frozen=True)
class Place:
    """A step that somebody must take, with the places whose people must not take it."""

    row: Transition
    number: int = 1
    apart_from: frozenset[Key] = field(default_factory=frozenset)

    @property
    def key(self) -> Key:
        """How other places speak of it."""
        return self.row.event, self.number


@dataclass(frozen=True)
class Stuck:
    """A step that nobody could take. `because` are steps of which everybody in the role would have done one."""

    row: Transition
    people: int
    because: tuple[Transition, ...] = ()


def places(board_members: int) -> list[Place]:
    """Every step of a person, in the order of the table; the opinions of a board once for each member."""
    rows = [row for row in TRANSITIONS if SYSTEM not in row.by]
    found = []
    for row in rows:
        apart = {(f"{row.track.value}.{name}", 1) for name in row.never} | set(_before(row, rows))
        seats = board_members if row.name == OPINION else 1
        for number in range(1, seats + 1):
            others = {(row.event, other) for other in range(1, number)}
            found.append(Place(row, number, frozenset(apart | others)))
    return found


def stuck(people: Sequence[Collection[str]], *, board_members: int) -> Iterator[Stuck]:
    """The steps that people with these roles could not take, in the order of the table, each once."""
    crowd = _few_alike(people)
    seated: list[Place] = []
    told: set[str] = set()
    for place in places(board_members):
        if _seats([*seated, place], crowd):
            seated.append(place)
            continue
        if place.row.event not in told:
            told.add(place.row.event)
            able = sum(1 for roles in people if place.row.by & set(roles))
            apart = [each.row for each in seated if each.key in place.apart_from and each.row.by & place.row.by]
            yield Stuck(place.row, able, tuple(dict.fromkeys(apart)))


def _before(row: Transition, rows: Iterable[Transition]) -> Iterator[Key]:
    for role in PARTS:
        if row.by == {role.value}:
            yield from ((other.event, 1) for other in rows if role.value not in other.by and other.track in PARTS[role])


def _few_alike(people: Iterable[Collection[str]]) -> list[frozenset[str]]:
    counted: dict[frozenset[str], int] = {}
    for roles in people:
        alike = frozenset(str(role) for role in roles)
        counted[alike] = min(counted.get(alike, 0) + 1, ALIKE)
    return [roles for roles, count in counted.items() for _each in range(count)]


def _seats(wanted: Sequence[Place], crowd: Sequence[frozenset[str]]) -> bool:
    """Whether every place finds somebody: the place with the fewest people left is filled first."""
    apart: dict[Key, set[Key]] = {place.key: set() for place in wanted}
    for place in wanted:
        for other in place.apart_from & apart.keys():
            apart[place.key].add(other)
            apart[other].add(place.key)
    open_to = {
        place.key: frozenset(number for number, roles in enumerate(crowd) if place.row.by & roles) for place in wanted
    }
    if not _has_room(open_to):
        return False
    # The others were seated before; only those that hang together with the last one may have to change places.
    bound = _reached(wanted[-1].key, apart)
    return _fill({key: open_to[key] for key in bound}, apart, crowd, frozenset())


def _reached(first: Key, apart: Mapping[Key, Collection[Key]]) -> set[Key]:
    reached, waiting = {first}, [first]
    while waiting:
        for other in apart[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _fill(
    left: Mapping[Key, frozenset[int]],
    apart: Mapping[Key, Collection[Key]],
    crowd: Sequence[frozenset[str]],
    seated: frozenset[int],
) -> bool:
    if not left:
        return True
    key = min(left, key=lambda each: (len(left[each]), each))
    tried: set[frozenset[str]] = set()
    for person in sorted(left[key]):
        # Of those who have no place yet and hold the same roles, one stands for all.
        if person not in seated and crowd[person] in tried:
            continue
        if person not in seated:
            tried.add(crowd[person])
        rest = {other: _without(person, key, other, people, apart) for other, people in left.items() if other != key}
        if _has_room(rest) and _fill(rest, apart, crowd, seated | {person}):
            return True
    return False


def _without(
    person: int, taken: Key, other: Key, people: frozenset[int], apart: Mapping[Key, Collection[Key]]
) -> frozenset[int]:
    """Who is left for another place. The seats of one step are alike, so they are filled in the order of people."""
    if other[0] == taken[0]:
        return frozenset(each for each in people if each > person)
    return people - {person} if other in apart[taken] else people


def _has_room(left: Mapping[Key, frozenset[int]]) -> bool:
    """Whether every place has somebody left, and the seats of one step have enough people among them."""
    seats: dict[str, int] = {}
    people: dict[str, frozenset[int]] = {}
    for (event, _number), able in left.items():
        if not able:
            return False
        seats[event] = seats.get(event, 0) + 1
        people[event] = people.get(event, frozenset()) | able
    return all(len(people[event]) >= count for event, count in seats.items())
