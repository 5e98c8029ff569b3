"""Signed notes, keys and checkpoints: to the byte, and refused when malformed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.checkpoint import Checkpoint
from audit.note import (
    Algorithm,
    BadSignature,
    MalformedNote,
    Note,
    NoTrustedSignature,
    Signature,
    SignerKey,
    VerifierKey,
    open_note,
    parse_signatures,
)
from audit.tiles import encode_bundle

LOG = SignerKey.from_seed("log.example/audit", bytes(32))
WITNESS = SignerKey.from_seed("witness.example/w1", b"\x01" * 32, Algorithm.COSIGNATURE)
TIME = 0x6AB13B80
NOTE = (
    "log.example/audit\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n"
    "— log.example/audit ngVV7KhcN71itJpH3UN9L42MmD1Xhj9wE2kr2hOz1ZGvGMvGh3Jyf/MiXfuGnRcAq7/Jrh61RvNPyh7s"
    "h7YvQoUrxQI=\n"
    "— witness.example/w1 CtfTXgAAAABqsTuA3qmYlEJgAjDt6yvXUxajsa4kXYxYKzm+1pn4eWJ4pYQAlcL6lvuUEo7S+PJAf1oQ"
    "mZm2aW72MZdGduaqHADXBQ==\n"
).encode()
ROOT = bytes.fromhex("36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1")


class TestWorkedExample:
    def test_the_verifier_key(self):
        assert str(LOG.verifier) == "log.example/audit+9e0555ec+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
        assert VerifierKey.parse(str(LOG.verifier)) == LOG.verifier

    def test_the_checkpoint_with_its_cosignature(self):
        checkpoint = Checkpoint("log.example/audit", 3, ROOT)
        text = checkpoint.text()
        note = Note(text, (LOG.sign(text), WITNESS.sign(text, time=TIME)))
        assert note.encode() == NOTE
        assert Checkpoint.open(NOTE, key=LOG.verifier, known=[WITNESS.verifier]) == checkpoint
        assert dict(Note.parse(NOTE).verified([WITNESS.verifier])) == {WITNESS.verifier: TIME}

    def test_the_entry_bundle(self):
        assert encode_bundle([b"a", b"b", b"c"]).hex() == "000161000162000163"


def test_every_flipped_bit_of_a_checkpoint_is_noticed():
    for at in range(len(NOTE)):
        for bit in range(8):
            damaged = NOTE[:at] + bytes([NOTE[at] ^ 1 << bit]) + NOTE[at + 1 :]
            if at > NOTE.index("— witness".encode()):
                # Only the known key counts: a cosignature of a key that we do not know may be anything.
                continue
            with pytest.raises((MalformedNote, BadSignature, NoTrustedSignature)):
                Checkpoint.open(damaged, key=LOG.verifier)


def test_an_unknown_key_is_ignored_even_with_a_known_name():
    other = SignerKey.generate("log.example/audit")
    text = Checkpoint("log.example/audit", 3, ROOT).text()
    both = Note(text, (other.sign(text), LOG.sign(text))).encode()
    assert open_note(both, known=[LOG.verifier]) == text
    with pytest.raises(NoTrustedSignature):
        open_note(Note(text, (other.sign(text),)).encode(), known=[LOG.verifier])
    with pytest.raises(NoTrustedSignature):
        open_note(both, known=[])


def test_one_bad_signature_by_a_known_key_condemns_the_note():
    text = Checkpoint("log.example/audit", 3, ROOT).text()
    bad = Signature(WITNESS.name, WITNESS.verifier.key_id, bytes(72))
    for value in (bad, Signature(WITNESS.name, WITNESS.verifier.key_id, b"short")):
        note = Note(text, (LOG.sign(text), value)).encode()
        with pytest.raises(BadSignature):
            open_note(note, known=[LOG.verifier, WITNESS.verifier])


def test_a_cosignature_is_bound_to_its_time():
    text = Checkpoint("log.example/audit", 3, ROOT).text()
    signature = WITNESS.sign(text, time=TIME)
    later = Signature(signature.name, signature.key_id, (TIME + 1).to_bytes(8, "big") + signature.value[8:])
    assert WITNESS.verifier.verify(text, signature) == TIME
    with pytest.raises(BadSignature):
        WITNESS.verifier.verify(text, later)
    with pytest.raises(ValueError, match="carries a time"):
        WITNESS.sign(text)
    with pytest.raises(ValueError, match="carries a time"):
        LOG.sign(text, time=TIME)


def test_a_checkpoint_of_another_log_is_refused():
    note = Checkpoint("log.example/other", 3, ROOT).signed(LOG).encode()
    with pytest.raises(MalformedNote, match=r"other.*not of"):
        Checkpoint.open(note, key=LOG.verifier)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"text\n\nno signature\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"audit ngVV", b"audit  ngVV"),
        NOTE.replace(b"QI=\n", b"QI\n"),
        NOTE.replace(b"QI=\n", b"QJ=\n"),
        NOTE.replace(b"\n3\n", b"\n3\r\n"),
        NOTE.replace(b"\n3\n", b"\n3\xff\n"),
        "x\n\n— a AAAA\n".encode(),
    ],
)
def test_what_is_no_note_is_refused(data):
    with pytest.raises(MalformedNote):
        Note.parse(data)


def test_a_note_with_absurdly_many_signatures_is_refused():
    text = "x\n"
    with pytest.raises(MalformedNote, match="too many"):
        Note.parse(Note(text, (LOG.sign(text),) * 101).encode())
    with pytest.raises(MalformedNote, match="too long"):
        Note.parse(b"x" * 1_000_001)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n",
        "origin\n3\n",
        "\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n03\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n-3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n+3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n٣\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n9223372036854775808\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
        "origin\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwC\n",
        "origin\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsF=\n",
        "origin\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n",
        "origin\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(MalformedNote):
        Checkpoint.parse(text)


def test_a_checkpoint_of_another_log_may_have_extension_lines():
    text = "origin\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\nmore\n"
    assert Checkpoint.parse(text).extensions == ("more",)
    assert Checkpoint.parse(text).text() == text


@pytest.mark.parametrize(
    "key",
    [
        "",
        "log.example/audit",
        "log.example/audit+9e0555ed+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "log.example/audit+9E0555EC+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "log.example/other+9e0555ec+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "log.example/audit+9e0555ec+AjtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "log.example/audit+9e0555ec+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWQ==",
        "log example+9e0555ec+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "log.example/audit+9e0555ec+\n",
    ],
)
def test_what_is_no_verifier_key_is_refused(key):
    with pytest.raises(MalformedNote):
        VerifierKey.parse(key)


def test_a_private_key_survives_being_written_down_and_a_damaged_one_is_refused():
    line = LOG.encode()
    assert SignerKey.parse(line).verifier == LOG.verifier
    for damaged in ("", line[:-4], line.replace("9e0555ec", "9e0555ed"), line.removeprefix("PRIVATE+")):
        with pytest.raises(MalformedNote) as told:
            SignerKey.parse(damaged)
        assert line.rsplit("+", 1)[1][:20] not in str(told.value)


@given(st.binary(max_size=400))
def test_random_bytes_never_cause_anything_but_a_refusal(data):
    with pytest.raises(MalformedNote):
        Note.parse(data)


def test_signatures_are_added_to_a_note_once():
    text = Checkpoint("log.example/audit", 3, ROOT).text()
    note = Note(text, (LOG.sign(text),))
    cosigned = note.with_signatures([WITNESS.sign(text, time=TIME), LOG.sign(text)])
    assert cosigned.encode() == NOTE
    assert cosigned.with_signatures(parse_signatures(NOTE.decode().split("\n\n")[1])) == cosigned


@pytest.mark.parametrize("lines", ["", "\n", "— a AAAAAAA=", "— a AAAAAAA=\n\n", "x\n", "— a AAAAAAA=\r\n"])
def test_what_is_no_signature_line_is_refused(lines):
    with pytest.raises(MalformedNote):
        parse_signatures(lines)
