"""The inner side of the sandbox: shuts itself in, reads a file from its input, and writes one answer.

arguments   job, media type, page, most bytes of memory, most seconds
answer      a line of JSON ‖ as many bytes as it says
"""

from __future__ import annotations

import codecs
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from integrity.inspection.codes import Job, Refused, Removed, Trouble
from integrity.inspection.kinds import Kind, kind_of
from integrity.inspection.sandboxed.confinement import NotConfined, confine

READERS: Final = {Kind.PICTURE: "pictures", Kind.PAGES: "pages", Kind.OOXML: "ooxml", Kind.ODF: "odf"}
ENCODINGS: Final = (
    "ascii",
    "latin-1",
    "cp437",
    "cp1252",
    "idna",
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
)


def answer_of(job: Job, kind: Kind, page: int, content: bytes) -> tuple[dict[str, Any], bytes]:
    """What the line says, and the bytes."""
    reader = _reader(kind)
    if job == Job.COUNT:
        return {"pages": reader.count(content)}, b""
    if job == Job.DRAW:
        return {}, reader.draw(content, page=page)
    made, removed = reader.clean(content)
    return {"removed": sorted(each.value for each in removed | {Removed.EVERYTHING_ELSE})}, made


def main(arguments: list[str]) -> int:
    """Do one job."""
    job, kind = Job(arguments[0]), kind_of(arguments[1])
    # What reads a file is imported before no file can be opened any more.
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    if kind is not None:
        _reader(kind)
    try:
        confine(memory=int(arguments[3]), seconds=int(arguments[4]))
    except NotConfined:
        return _say({"trouble": Trouble.UNAVAILABLE.value})
    content = sys.stdin.buffer.read()
    return _say(*_attempt(lambda: answer_of(job, kind, int(arguments[2]), content) if kind else _unknown()))


def _attempt(work: Callable[[], tuple[dict[str, Any], bytes]]) -> tuple[dict[str, Any], bytes]:
    try:
        return work()
    except Refused as refused:
        return {"trouble": refused.trouble.value}, b""
    except MemoryError:
        return {"trouble": Trouble.LARGE.value}, b""
    except Exception:  # noqa: BLE001
        # Whatever a reader of files does with a hostile one ends here; the process ends with it.
        return {"trouble": Trouble.UNREADABLE.value}, b""


def _unknown() -> tuple[dict[str, Any], bytes]:
    raise Refused(Trouble.TYPE)


def _reader(kind: Kind) -> Any:
    return importlib.import_module(f"integrity.inspection.sandboxed.{READERS[kind]}")


def _say(line: dict[str, Any], content: bytes = b"") -> int:
    sys.stdout.buffer.write(json.dumps({**line, "length": len(content)}).encode("ascii") + b"\n" + content)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
