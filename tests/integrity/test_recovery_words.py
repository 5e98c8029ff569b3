"""Words on paper: what a custodian may type, and what they are told when it is not right."""

from __future__ import annotations

import itertools
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrity.recovery.words import LENGTH, DoNotFit, Unreadable, combine, read, split

SEED = bytes(range(32))


def sheets(threshold: int = 2, count: int = 3, seed: bytes = SEED):
    return split(seed, threshold=threshold, count=count)


def changed(text: str, number: int, word: str) -> str:
    words = text.split()
    words[number - 1] = word
    return " ".join(words)


@pytest.mark.parametrize(("threshold", "count"), [(2, 3), (3, 5), (2, 16)])
def test_any_enough_sheets_give_the_secret_and_each_has_33_words(threshold: int, count: int):
    seed = secrets.token_bytes(32)
    made = sheets(threshold, count, seed)
    assert [len(sheet.listed) for sheet in made] == [LENGTH] * count
    assert [sheet.position for sheet in made] == list(range(1, count + 1))
    for chosen in itertools.islice(itertools.combinations(made, threshold), 20):
        assert combine(chosen) == seed


def test_one_sheet_too_few_gives_nothing():
    made = sheets(3, 5)
    with pytest.raises(DoNotFit):
        combine(made[:2])


def test_sheets_of_two_splittings_of_the_same_secret_do_not_mix():
    first, second = sheets(), sheets()
    with pytest.raises(DoNotFit):
        combine([first[0], second[1]])


def test_the_same_sheet_twice_is_one_sheet():
    made = sheets()
    with pytest.raises(DoNotFit):
        combine([made[0], made[0]])


def test_a_splitting_never_takes_a_number_that_another_ceremony_has():
    taken = set(range(2**15)) - {4711}
    assert split(SEED, threshold=2, count=3, taken=taken)[0].identifier == 4711


def test_capitals_numbers_lines_and_commas_do_not_matter():
    sheet = sheets()[0]
    typed = "\n".join(f"{number}. {word.upper()}," for number, word in enumerate(sheet.listed, start=1))
    assert read(typed) == sheet


def test_four_letters_of_a_word_are_enough():
    sheet = sheets()[1]
    assert read(" ".join(word[:4] for word in sheet.listed)) == sheet


def test_a_word_that_is_not_in_the_list_is_named_by_its_number_with_what_it_may_be():
    typed = changed(sheets()[0].text, 7, "hosptal")
    with pytest.raises(Unreadable) as refused:
        read(typed)
    assert refused.value.sentences == ("Word 7, “hosptal”, is not in the list. Is it “hospital”?",)


def test_a_missing_word_is_told_by_the_count():
    with pytest.raises(Unreadable) as refused:
        read(" ".join(sheets()[0].listed[:-1]))
    assert refused.value.sentences[0].startswith("You typed 32 words; a sheet has 33.")


def test_words_in_another_order_are_told_from_wrong_words():
    words = sheets()[0].listed
    swapped = next(place for place in range(4, 30) if words[place] != words[place + 1])
    words[swapped], words[swapped + 1] = words[swapped + 1], words[swapped]
    with pytest.raises(Unreadable) as refused:
        read(" ".join(words))
    assert "do not add up" in refused.value.sentences[0]


def test_an_empty_field_asks_for_the_words():
    with pytest.raises(Unreadable, match="Type the words of your sheet"):
        read(" 12. \n ")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_whatever_is_typed_gets_a_sentence_and_never_an_error(typed: str):
    with pytest.raises(Unreadable) as refused:
        read(typed)
    assert all(refused.value.sentences)


@settings(max_examples=60, deadline=None)
@given(number=st.integers(1, 33), word=st.sampled_from(["academic", "zero", "hospital", "moment"]))
def test_one_wrong_word_never_passes(number: int, word: str):
    sheet = sheets()[0]
    typed = changed(sheet.text, number, word)
    if typed == sheet.text:
        return
    with pytest.raises(Unreadable):
        read(typed)


def test_words_are_in_no_representation():
    sheet = sheets()[0]
    assert sheet.listed[5] not in repr(sheet)
