"""What an entry commits to, to the byte, and the check without this program."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785

from audit.private import MAXIMUM_PART, MalformedPart, PrivatePart, WrongPart, canonical, commitment, committed_in

SALT = bytes(range(32))
PART = {"username": "Ann Ünal", "search": 'a "quoted" \\ word'}


def entry(committed: str | None = None) -> bytes:
    return rfc8785.dumps({"v": 2, "type": "test.noted", **({"private": committed} if committed else {})})


def test_the_commitment_to_the_byte():
    plain = '{"search":"a \\"quoted\\" \\\\ word","username":"Ann Ünal"}'.encode()
    by_hand = hashlib.sha256(b"integrity private part v1\x00" + SALT + plain).hexdigest()
    assert commitment(PART, salt=SALT) == by_hand
    assert commitment({"username": "ann"}, salt=SALT) == (
        "2eb05eebb42bebfa37e4d3924ea795f7d5b85fa5b67aaa77cd4e8c3f813af95a"
    )


@pytest.mark.parametrize(
    "text",
    ["", "plain", "ü\u2028\u2029", "\x00\x01\x1f\x7f\x80", '"\\/\b\f\n\r\t', "\U0001f512 emoji", "<>&'", "\ufeff"],
)
def test_it_is_the_canonical_form_of_rfc_8785(text):
    for part in ({"a": text}, {"b": text, "a": "x", "A": text, "aa": ""}):
        assert canonical(part) == rfc8785.dumps(part)


@pytest.mark.parametrize(
    "part",
    [{}, {"": "x"}, {"é": "x"}, {"a": 1}, {"a": None}, {"a": "\ud800"}, {"a": "x" * MAXIMUM_PART}, {"a": {"b": "c"}}],
)
def test_what_is_no_private_part_is_refused(part):
    with pytest.raises(MalformedPart):
        canonical(part)


def test_another_salt_another_text_and_another_tag_commit_to_something_else():
    seen = {
        commitment(PART, salt=SALT),
        commitment(PART, salt=bytes(32)),
        commitment({**PART, "username": "Ann"}, salt=SALT),
        hashlib.sha256(SALT + canonical(PART)).hexdigest(),
    }
    assert len(seen) == 4
    for short in (b"", SALT[:31], SALT + b"\0"):
        with pytest.raises(MalformedPart):
            commitment(PART, salt=short)


def test_a_disclosed_part_is_compared_with_its_entry():
    part = PrivatePart(PART, SALT)
    assert PrivatePart.parse(part.encode()) == part
    assert PrivatePart.parse(part.encode().ljust(512)) == part
    part.check(entry(part.commitment))
    for other in (entry(commitment(PART, salt=bytes(32))), entry(), b"[]", b"no JSON", b'{"private":{"a":1}}'):
        with pytest.raises(WrongPart):
            part.check(other)
    assert committed_in(entry(part.commitment)) == part.commitment


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"private":{"a":"b"}}',
        b'{"private":"a","salt":"00"}',
        b'{"private":{"a":"b"},"salt":"00"}',
        b'{"private":{"a":"b"},"salt":7}',
        json.dumps({"private": {"a": "b"}, "salt": "zz" * 32}).encode(),
        json.dumps({"private": {"a": 1}, "salt": "00" * 32}).encode(),
        json.dumps({"private": {"a": "b"}, "salt": "00" * 32, "more": 1}).encode(),
    ],
)
def test_a_file_that_is_no_disclosed_part_is_refused(data):
    with pytest.raises(MalformedPart):
        PrivatePart.parse(data)


def check(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command, as an auditor has it: without Django."""
    program = "import sys; sys.modules['django'] = None; from audit.private import main; sys.exit(main(sys.argv[1:]))"
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], cwd=root, capture_output=True, text=True, check=False
    )


def test_the_command_says_right_wrong_or_cannot_check(tmp_path):
    part = PrivatePart(PART, SALT)
    right, wrong, shown = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "1.private.json"
    right.write_bytes(entry(part.commitment))
    wrong.write_bytes(entry("00" * 32))
    shown.write_bytes(part.encode())
    said = check(right, shown)
    assert (said.returncode, said.stdout.startswith("RIGHT")) == (0, True), said.stderr
    said = check(wrong, shown)
    assert (said.returncode, "0" * 64 in said.stdout) == (1, True)
    assert check(right, right).returncode == check(right, tmp_path / "none").returncode == 2
