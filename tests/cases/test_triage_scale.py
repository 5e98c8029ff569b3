"""The priority that follows from an assessment."""

from itertools import product

import pytest

from cases.triage.scales import SCALES, Priority, priority_of

ORDER = list(Priority)


def of(seriousness: int, credibility: int, completeness: int, urgency: int) -> Priority:
    return priority_of(seriousness=seriousness, credibility=credibility, completeness=completeness, urgency=urgency)


@pytest.mark.parametrize(
    ("answers", "priority"),
    [
        ((0, 0, 0, 0), Priority.LOW),
        ((1, 3, 3, 0), Priority.LOW),
        ((2, 2, 2, 1), Priority.NORMAL),
        ((2, 3, 3, 0), Priority.HIGH),
        ((3, 1, 0, 0), Priority.HIGH),
        ((1, 1, 1, 2), Priority.HIGH),
        ((3, 1, 1, 2), Priority.URGENT),
        ((0, 0, 0, 3), Priority.URGENT),
    ],
)
def test_the_priority_follows_from_the_answers(answers, priority):
    assert of(*answers) == priority


@pytest.mark.parametrize("which", range(4))
def test_a_higher_answer_never_lowers_the_priority(which):
    for answers in product(range(4), repeat=4):
        if answers[which] == 3:
            continue
        higher = tuple(value + (number == which) for number, value in enumerate(answers))
        assert ORDER.index(of(*higher)) >= ORDER.index(of(*answers)), (answers, higher)


def test_every_answer_of_every_scale_has_its_own_words():
    for scale in SCALES:
        assert len({str(words) for words in scale.anchors}) == 4
