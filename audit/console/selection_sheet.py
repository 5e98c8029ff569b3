"""What lies in a file of selected entries, told to whoever has to check it."""

import json
from dataclasses import dataclass

from audit.log.models import Checkpoint, Entry
from audit.log.witnessed import Cosignature

STAMPED = """\
timestamps/SIZE.tsr           what an authority says of the first three lines of checkpoints/SIZE (RFC 3161)
checkpoints/SIZE              the checkpoint that was timestamped
entries/N.stamped.tlog-proof  the proof of entry N in that checkpoint: it existed before the moment of the timestamp
timestamps/ca.pem             the authority's certificates, if they were to be had: compare them with its own
"""
BY_HAND = """
A timestamp without this software:

    head -n 3 checkpoints/SIZE | openssl ts -verify -data /dev/stdin -in timestamps/SIZE.tsr -CAfile CERTIFICATES
"""


@dataclass(frozen=True)
class Selection:
    """Entries under one checkpoint, oldest first."""

    entries: list[Entry]
    checkpoint: Checkpoint


def readme(selection: Selection, *, unproved: list[int], stamped: int, filters: dict[str, str]) -> str:
    """The explanation that goes into the file; `stamped` is how many timestamps are in it."""
    checkpoint = selection.checkpoint
    wanted = json.dumps(filters, ensure_ascii=False) if filters else "everything"
    wrong = (
        "\nNOT PROVED: these entries do not lead to the signed root; they, or the tree, were changed:\n"
        f"{', '.join(map(str, unproved))}\n"
        if unproved
        else ""
    )
    ca = " --timestamp-ca CERTIFICATES" if stamped else ""
    return f"""\
Entries of the audit log {checkpoint.statement.origin}

{len(selection.entries)} entries, selected by: {wanted}
Proved against the checkpoint of {checkpoint.size} entries, signed at {checkpoint.time:%Y-%m-%d %H:%M} UTC.
Entries that are newer than this checkpoint are not here.
{_witnesses(checkpoint)}
{wrong}
entries/N.json         the bytes of entry N, exactly as they were hashed
entries/N.tlog-proof   its proof (C2SP tlog-proof), with the signed checkpoint
checkpoint             the checkpoint, with the cosignatures of witnesses
log.vkey, policy       the log's public key, and whom to trust (C2SP tlog-policy)
{STAMPED if stamped else ""}
Proved of each entry: it is in the log, at the place that its number says, with exactly this content. That nothing
was left out of the selection is not proved here; an export of the whole log shows that.

To check it, on any machine with Python, with a key or a policy that did not come with this file:

    python -m audit.evidence FOLDER --policy POLICY{ca}

The policy names the witnesses and how many of them must have cosigned: each cosignature on the checkpoint is then
checked, with the time at which its witness saw it.
{BY_HAND if stamped else ""}"""


def _witnesses(checkpoint: Checkpoint) -> str:
    found = Cosignature.objects.filter(size=checkpoint.size).order_by("witness").values_list("witness", "time")
    lines = [f"Cosigned by {witness} at {time:%Y-%m-%d %H:%M:%S} UTC." for witness, time in found]
    return "\n".join(lines) or "No witness has cosigned this checkpoint."
