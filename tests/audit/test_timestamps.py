"""Timestamps by an authority that knows nothing of this project: `openssl ts`."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.timestamps import NoTimestamp, read_authority, request, verify
from tests.audit.authority import OPENSSL, Authority, make_authority, serving

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl")

TEXT = b"log.example/audit\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def authority(made: Authority) -> Iterator[Authority]:
    made.instead, made.status = None, 200
    with serving(made):
        yield made


def test_a_timestamp_is_asked_for_and_checked(authority):
    trusted = read_authority(authority.certificates)
    stamp = request(TEXT, url=authority.url, authority=trusted)
    moment = verify(stamp, TEXT, authority=trusted)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)
    assert TEXT not in authority.asked[-1]


def test_openssl_checks_it_without_this_software(authority, tmp_path: Path):
    stamp = request(TEXT, url=authority.url, authority=read_authority(authority.certificates))
    (tmp_path / "stamp.tsr").write_bytes(stamp)
    (tmp_path / "ca.pem").write_bytes(authority.certificates)
    (tmp_path / "checkpoint").write_bytes(TEXT + b"\nsignatures\n")
    command = "head -n 3 checkpoint | openssl ts -verify -data /dev/stdin -in stamp.tsr -CAfile ca.pem"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "Verification: OK" in done.stdout + done.stderr) == (0, True), done


def test_a_timestamp_of_another_text_is_refused(authority):
    trusted = read_authority(authority.certificates)
    stamp = request(TEXT, url=authority.url, authority=trusted)
    with pytest.raises(NoTimestamp):
        verify(stamp, TEXT.replace(b"\n3\n", b"\n4\n"), authority=trusted)


def test_a_timestamp_by_another_authority_is_refused(authority, tmp_path):
    other = read_authority(make_authority(tmp_path / "other").certificates)
    stamp = request(TEXT, url=authority.url, authority=read_authority(authority.certificates))
    with pytest.raises(NoTimestamp):
        verify(stamp, TEXT, authority=other)
    with pytest.raises(NoTimestamp):
        request(TEXT, url=authority.url, authority=other)


def test_any_flipped_byte_of_what_counts_is_refused_and_never_crashes(authority):
    trusted = read_authority(authority.certificates)
    stamp = request(TEXT, url=authority.url, authority=trusted)
    moment, told = verify(stamp, TEXT, authority=trusted), 0
    for at in range(0, len(stamp), 7):
        damaged = bytearray(stamp)
        damaged[at] ^= 0x01
        try:
            assert verify(bytes(damaged), TEXT, authority=trusted) == moment
        except NoTimestamp:
            told += 1
    assert told > len(stamp) // 7 // 2


def test_an_answer_to_another_question_is_refused(authority):
    trusted = read_authority(authority.certificates)
    authority.instead = request(TEXT, url=authority.url, authority=trusted)
    with pytest.raises(NoTimestamp, match="Nonce"):
        request(TEXT, url=authority.url, authority=trusted)


@pytest.mark.parametrize(
    ("instead", "status"),
    [(b"", 200), (b"nonsense", 200), (b"x" * 100_000, 200), (b"0\x03\x02\x01\x02", 200), (None, 500)],
)
def test_an_answer_that_makes_no_sense_is_refused(authority, instead, status):
    authority.instead, authority.status = instead, status
    with pytest.raises(NoTimestamp):
        request(TEXT, url=authority.url, authority=read_authority(authority.certificates))


@pytest.mark.parametrize("url", ["", "tsa.example", "ftp://tsa.example/", "http://127.0.0.1:1/"])
def test_an_authority_that_is_not_there_is_told(made, url):
    with pytest.raises(NoTimestamp, match="did not answer"):
        request(TEXT, url=url, authority=read_authority(made.certificates), timeout=5)


@pytest.mark.parametrize("pem", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_are_no_certificates_is_refused(pem):
    with pytest.raises(NoTimestamp):
        read_authority(pem)


def test_a_chain_without_its_root_is_refused(made):
    with pytest.raises(NoTimestamp, match="no root"):
        read_authority((made.folder / "tsa.pem").read_bytes())
