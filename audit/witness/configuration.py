"""The witness's configuration: one TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.note import Algorithm, MalformedNote, VerifierKey


class Misconfigured(Exception):
    """The witness cannot start like this; the message says why."""


@dataclass(frozen=True)
class Configuration:
    """Where the key and the state are, which logs are known, and where to listen."""

    key: Path
    state: Path
    logs: Mapping[str, tuple[VerifierKey, ...]]
    host: str = "127.0.0.1"
    port: int = 8100
    prefix: str = ""

    @classmethod
    def read(cls, path: Path) -> "Configuration":
        """Read the file; paths in it start where the file is. Raises Misconfigured."""
        try:
            with path.open("rb") as file:
                content = tomllib.load(file)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{path} cannot be read: {error}") from error
        unknown = sorted(set(content) - {"key", "state", "logs", "listen", "prefix"})
        if unknown:
            raise Misconfigured(f"{path}: {unknown[0]!r} is not a setting of a witness")
        host, port = _address(_text(content, "listen", "127.0.0.1:8100"))
        prefix = _text(content, "prefix", "")
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise Misconfigured("prefix begins with a slash and does not end with one, such as /witness")
        return cls(
            key=path.parent / _text(content, "key"),
            state=path.parent / _text(content, "state"),
            logs=_logs(content.get("logs")),
            host=host,
            port=port,
            prefix=prefix,
        )


def _text(content: dict[str, Any], name: str, default: str | None = None) -> str:
    value = content.get(name, default)
    if not isinstance(value, str) or (not value and default is None):
        raise Misconfigured(f"{name} is missing, or is not text")
    return value


def _address(listen: str) -> tuple[str, int]:
    host, _colon, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65_535:
        raise Misconfigured(f"listen is an address and a port, such as 127.0.0.1:8100, not {listen!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _logs(keys: object) -> dict[str, tuple[VerifierKey, ...]]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Misconfigured("logs is a list of the verifier keys of the logs to be witnessed")
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for text in keys:
        try:
            key = VerifierKey.parse(text)
        except MalformedNote as error:
            raise Misconfigured(f"logs: {error}") from error
        if key.algorithm is not Algorithm.ED25519:
            raise Misconfigured(f"logs: this is the key of a witness, not of a log: {text}")
        logs[key.name] = (*logs.get(key.name, ()), key)
    return logs
