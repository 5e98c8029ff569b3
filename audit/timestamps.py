"""RFC 3161 timestamps of checkpoints.

What is timestamped is the text of the checkpoint: its lines up to the empty one, with SHA-256. So a stranger checks a
timestamp without this software: `head -n 3 checkpoint | openssl ts -verify -data /dev/stdin -in FILE.tsr -CAfile CA`.
Needs the package `rfc3161-client`.
"""

import http.client
import ssl
import time
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

MAXIMUM_RESPONSE = 65_536
TIMEOUT = 20.0


class NoTimestamp(Exception):
    """There is no timestamp, or it is not one of this text by this authority; the message says why."""


def read_authority(pem: bytes) -> list[Certificate]:
    """The certificates of a PEM file; each that is its own issuer is trusted. Raises NoTimestamp."""
    try:
        certificates = load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NoTimestamp(f"these are no certificates: {error}") from error
    if not any(certificate.issuer == certificate.subject for certificate in certificates):
        raise NoTimestamp("there is no root certificate among these")
    return certificates


def verify(response: bytes, text: bytes, *, authority: Sequence[Certificate]) -> datetime:
    """Check that the authority timestamped `text`; gives the moment, in UTC. Raises NoTimestamp."""
    return _verify(_decode(response), text, authority, nonce=None)


def request(text: bytes, *, url: str, authority: Sequence[Certificate], timeout: float = TIMEOUT) -> bytes:
    """Ask the authority at `url` for a timestamp of `text`; gives its answer, which was checked. Raises NoTimestamp."""
    asked = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    try:
        data = _post(url, asked.as_bytes(), timeout)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoTimestamp(f"the authority did not answer: {type(error).__name__}: {error}") from error
    _verify(_decode(data), text, authority, nonce=asked.nonce)
    return data


def _decode(response: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(response)
    except ValueError as error:
        raise NoTimestamp(f"this is no timestamp: {error}") from error


def _verify(response: TimeStampResponse, text: bytes, authority: Sequence[Certificate], nonce: int | None) -> datetime:
    builder = VerifierBuilder(nonce=nonce)
    for certificate in authority:
        if certificate.issuer == certificate.subject:
            builder = builder.add_root_certificate(certificate)
        else:
            builder = builder.add_intermediate_certificate(certificate)
    try:
        builder.build().verify_message(response, text)
        return response.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise NoTimestamp(f"this is no timestamp of this text by this authority: {error}") from error


def _post(url: str, body: bytes, timeout: float) -> bytes:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is not the address of an authority")
    ends = time.monotonic() + timeout
    connection: http.client.HTTPConnection
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    else:
        secure = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=secure)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"Content-Type": "application/timestamp-query"})
        answer = connection.getresponse()
        data = b""
        while part := answer.read1(MAXIMUM_RESPONSE):
            data += part
            if len(data) > MAXIMUM_RESPONSE or time.monotonic() > ends:
                raise ValueError("the answer is too long, or took too long")
        if answer.status != http.client.OK:
            raise ValueError(f"answered {answer.status}")
        return data
    finally:
        connection.close()
