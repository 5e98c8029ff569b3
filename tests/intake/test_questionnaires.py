"""Questions as data: written and read again, refused with a sentence that names the question, asked by condition."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from intake.channels.comparing import differences
from intake.channels.paths import Path
from intake.channels.questionnaire import (
    LONGEST_LONG,
    RESERVED,
    Choice,
    Condition,
    Kind,
    Malformed,
    Question,
    Questionnaire,
)
from intake.channels.reading import in_languages, missing_words, read, read_question, read_questions, write
from intake.channels.standard import STANDARD
from integrity.rules.text import Text
from tests.intake.questioning import EVERY_KIND, said

pytestmark = pytest.mark.once

names = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True).filter(lambda name: name not in {*RESERVED, "files"})
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).map(str.strip).filter(bool)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Words in English and perhaps in other languages."""
    others = draw(st.dictionaries(st.sampled_from(["ar", "id", "fr", "pt-br"]), words, max_size=3))
    return Text(tuple(sorted({"en": draw(words), **others}.items())))


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """Any questionnaire that can be asked."""
    made: list[Question] = []
    for name in draw(st.lists(names, min_size=1, max_size=6, unique=True)):
        kind = draw(st.sampled_from([each for each in Kind if each != Kind.FILES]))
        codes = draw(st.lists(names, min_size=2, max_size=4, unique=True)) if kind.has_choices else []
        earlier = [each for each in made if each.kind.has_choices]
        condition = None
        if earlier and draw(st.booleans()):
            on = draw(st.sampled_from(earlier))
            condition = Condition(on.name, (draw(st.sampled_from(on.choices)).code,))
        made.append(
            Question(
                name=name,
                kind=kind,
                label=draw(texts()),
                hint=draw(st.one_of(st.just(""), texts())),
                missing=draw(st.one_of(st.just(""), texts())),
                required=draw(st.booleans()),
                longest=draw(st.integers(1, LONGEST_LONG)),
                lines=draw(st.integers(1, 30)),
                choices=tuple(Choice(code, draw(texts())) for code in codes),
                condition=condition,
                paths=frozenset(draw(st.sets(st.sampled_from(Path.values)))),
            )
        )
    made[0] = replace(made[0], required=True)
    return Questionnaire(tuple(made))


@given(questionnaires())
def test_what_is_written_is_read_as_the_same(questionnaire: Questionnaire) -> None:
    kept = json.loads(json.dumps(write(questionnaire.questions)))
    assert read(kept) == questionnaire


def test_the_standard_questions_can_be_a_draft_in_every_language_that_has_them() -> None:
    questions = read_questions(write(STANDARD.questions))
    assert [each.name for each in questions] == STANDARD.names
    with override("ar"):
        assert str(questions[0].label) == str(STANDARD["what"].label) == "ماذا حدث؟"
    assert read_questions(write(questions)) == questions


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "riddle"}, "Question “What happened?”: its kind is unknown."),
        ({"kind": ["long"]}, "its kind is unknown"),
        ({"longest": 0}, "from 1 to"),
        ({"longest": True}, "from 1 to"),
        ({"lines": 31}, "from 1 to"),
        ({"lines": "3"}, "from 1 to"),
        ({"paths": ["stranger"]}, "reporting persons that are unknown"),
        ({"paths": [["staff"]]}, "reporting persons that are unknown"),
        ({"hint": {"ar": "كلمات"}}, "English words"),
        ({"hint": {"en": "x" * 2_001}}, "longer than 2000"),
        ({"hint": "words"}, "by language"),
        ({"hint": {"en": 1}}, "by language"),
        ({"hint": {"../en": "x"}}, "by language"),
        ({"hint": {"en": "a\x00b"}}, "cannot be kept"),
        ({"required": "yes"}, "has to be answered"),
        ({"choices": [{"code": "a"}]}, "code and words"),
        ({"choices": [1]}, "code and words"),
        ({"choices": {}}, "at most 40"),
        ({"choices": [{"code": "a", "label": {"en": "a"}}] * 41}, "at most 40"),
        ({"condition": {"question": "x"}}, "depends on"),
        ({"condition": {"question": 1, "answers": []}}, "depends on"),
        ({"condition": "x"}, "depends on"),
        ({"onload": "alert(1)"}, "unknown"),
        ({"name": 5}, "no name"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], sentence: str) -> None:
    written = {"name": "what", "kind": "long", "label": {"en": "What happened?"}, **change}
    with pytest.raises(Malformed, match="What happened") as refused:
        read_question(written)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "content", [None, [], {}, {"questions": {}}, {"questions": [1]}, {"questions": [{}] * 61}, {"questions": "x"}]
)
def test_what_is_no_list_of_questions_is_refused(content: Any) -> None:
    with pytest.raises(Malformed):
        read(content)


def asked(*questions: Question) -> str:
    """Why these cannot be asked, or ""."""
    try:
        Questionnaire(questions)
    except Malformed as error:
        return str(error)
    return ""


WHAT = Question(name="what", kind=Kind.LONG, label=said("What happened?"), required=True)
PAID = EVERY_KIND["paid"]


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ((), "at least one question"),
        ((replace(WHAT, required=False),), "must be answered"),
        ((WHAT, WHAT), "same short name"),
        ((replace(WHAT, name="path"),), "cannot be used"),
        ((replace(WHAT, name="What"),), "cannot be used"),
        ((replace(WHAT, name="files"),), "cannot be used"),
        ((replace(WHAT, label=""),), "“what” has no words"),
        ((WHAT, replace(PAID, choices=PAID.choices[:1])), "two choices"),
        ((WHAT, replace(PAID, choices=PAID.choices * 2)), "two are the same"),
        ((replace(WHAT, choices=PAID.choices),), "another kind"),
        ((WHAT, EVERY_KIND["how_much"], PAID), "“How much?” can only depend on an earlier"),
        ((WHAT, replace(WHAT, name="more", condition=Condition("what", ("x",)))), "can only depend"),
        ((WHAT, PAID, replace(EVERY_KIND["how_much"], condition=Condition("paid", ("perhaps",)))), "nobody can give"),
        ((WHAT, EVERY_KIND["files"], replace(EVERY_KIND["files"], name="papers")), "asked for once"),
        ((WHAT, replace(EVERY_KIND["files"], required=True)), "nobody has to send files"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_question(questions: tuple[Question, ...], sentence: str) -> None:
    assert sentence in asked(*questions)


def names_asked(answers: dict[str, Any], path: str = "public") -> list[str]:
    """The questions of every kind that are asked."""
    return [question.name for question in EVERY_KIND.asked(answers, path=path)]


def test_a_question_is_asked_because_of_an_answer_and_of_who_answers() -> None:
    always = ["what", "contract", "paid", "when", "people", "files"]
    assert names_asked({}) == names_asked({"paid": "no"}) == always
    assert set(names_asked({"paid": "yes"})) - set(always) == {"how_much", "ways"}
    assert set(names_asked({"paid": "yes", "ways": ["cash", "bank"]})) - set(always) == {"how_much", "ways", "bank"}
    # What hangs on a question that is not asked itself is not asked, whatever was typed before.
    assert names_asked({"paid": "no", "ways": ["bank"]}) == always
    assert "shift" in names_asked({}, path="staff")


def test_what_was_not_asked_is_not_kept() -> None:
    answers = {"what": "x", "paid": "no", "how_much": {"amount": "5"}, "ways": ["bank"], "bank": "B", "contract": ""}
    assert EVERY_KIND.kept(answers, path="public") == {"what": "x", "paid": "no"}


def test_missing_words_are_found_in_questions_and_choices() -> None:
    missing = {(each.question.name, each.part) for each in missing_words(EVERY_KIND.questions, ["en", "ar"])}
    assert ("what", "label") not in missing
    assert {("contract", "label"), ("ways", "cash")} <= missing
    assert ("paid", "yes") not in missing
    assert ("what", "hint") not in missing, "nothing is missing where there are no words at all"


def test_two_versions_are_compared_in_words() -> None:
    later = [each for each in EVERY_KIND.questions if each.name != "contract"]
    later[0] = replace(later[0], label=said("What did you see?", "ماذا حدث؟"))
    later.append(Question(name="place", kind=Kind.PLACE, label=said("Where?")))
    found = {(each.question, each.what): (each.before, each.after) for each in differences(EVERY_KIND.questions, later)}
    assert found[("What did you see?", "Question (en)")] == ("What happened?", "What did you see?")
    assert found[("Which contract?", "Taken out")] == ("A line of text", "")
    assert found[("Where?", "Added")] == ("", "A place")
    assert len(found) == 3
    assert differences(later, later) == []
    assert in_languages(said("Yes", "نعم")) == {"en": "Yes", "ar": "نعم"}
