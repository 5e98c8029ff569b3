"""Reading the environment: every setting has a safe default, or the start is refused with a sentence."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FILE = "ENV_FILE"
LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
READ_BY_OTHERS = 0o007
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})
LEAST_SECRET = 32


def load() -> None:
    """Take the variables of the file that `ENV_FILE` names; what the environment says itself comes first.

    A file that cannot be read, that others can read, or with a line that is no variable refuses the start.
    """
    named = os.environ.get(FILE, "").strip()
    if not named:
        return
    file = Path(named)
    try:
        permissions = file.stat().st_mode
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise ImproperlyConfigured(f"{FILE} names {file}, which cannot be read: {reason}.") from error
    if permissions & READ_BY_OTHERS:
        raise ImproperlyConfigured(f"{file} holds secrets and is open to everybody: chmod 600 {file}")
    try:
        found = variables(content)
    except ValueError as error:
        raise ImproperlyConfigured(f"{file}: {error}") from error
    for name, value in found.items():
        if not os.environ.get(name) and not os.environ.get(f"{name}_FILE"):
            os.environ[name] = value


def variables(content: str) -> dict[str, str]:
    """The variables of a settings file: lines `NAME=value`, without quotes; empty lines and `#` lines are skipped.

    It is what systemd's `EnvironmentFile` and docker's `env_file` read as well. Raises ValueError, naming the line.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(content.split("\n"), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is not of the form NAME=value.")
        value = match[2].strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        found[match[1]] = value
    return found


def flag(name: str, default: bool = False) -> bool:
    """The environment variable `name` as yes or no; anything else refuses the start."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def text(name: str, default: str = "") -> str:
    """The environment variable `name`, or the content of the file that `NAME_FILE` names, without outer space.

    A file that cannot be read, or is empty, refuses the start.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return default
    try:
        content = Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    if not content:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which is empty.")
    return content


def number(name: str, default: int, *, least: int = 0) -> int:
    """The environment variable `name` as a whole number of at least `least`."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """The environment variable `name` as a list, split at commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str, *, folder: Path, may_create: bool) -> str:
    """The secret `name`: from the environment, from `NAME_FILE`, or from a file in `folder`.

    Outside development a missing or short secret refuses the start; in development it is made once and
    kept with permissions for its owner only.
    """
    value = text(name)
    path = folder / name.lower()
    if not value and path.exists():
        value = path.read_text("ascii").strip()
    if value:
        if not may_create and len(value) < LEAST_SECRET:
            raise ImproperlyConfigured(
                f"{name} has {len(value)} characters and can be guessed: it needs at least {LEAST_SECRET}, "
                f"for example from `openssl rand -hex 32`."
            )
        return value
    if not may_create:
        raise ImproperlyConfigured(
            f"{name} is missing. Set {name}, or {name}_FILE to the path of a file that holds it: "
            f"64 random hexadecimal digits, for example from `openssl rand -hex 32`."
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written aside and linked into place, so that another process never reads half of it.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    with suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
    return path.read_text("ascii").strip()


def path(name: str, default: Path) -> Path:
    """The environment variable `name` as a path."""
    value = os.environ.get(name, "").strip()
    return Path(value) if value else default


def required(name: str, meaning: str, default: str = "") -> str:
    """The environment variable `name`; without it and without a default the start is refused, with its meaning."""
    value = text(name, default)
    if not value:
        raise ImproperlyConfigured(f"{name} is missing: {meaning}.")
    return value
