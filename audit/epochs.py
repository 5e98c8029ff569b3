"""What the first entry of a log says of the one that it goes on from, as sentences for whoever checks it.

A log that lost entries, or its key, begins again under a new name: entry 0 embeds the last checkpoint of the old.
"""

import json
from typing import Any

OPENED = "log.epoch_opened"


def remarks(entry: bytes) -> list[str]:
    """What is and is not proved of the former log; nothing when this entry speaks of none."""
    try:
        content: dict[str, Any] = json.loads(entry)
        facts = content["facts"] if content["type"] == OPENED else None
        return _told(facts) if facts else []
    except (ValueError, KeyError, TypeError, IndexError):
        return []


def _told(facts: dict[str, Any]) -> list[str]:
    former, lost, unsigned = facts["former"], facts["lost"], facts.get("unsigned")
    found = [
        f"this log goes on from {former}: its entry 0 has the last checkpoint of that log; check the archive of that "
        f"log by its own key, up to entry {facts['agreed'] - 1}"
        if facts["agreed"]
        else f"this log goes on from {former}, of which no entry is left as it was signed"
    ]
    if lost:
        found.append(f"entries {lost[0]} to {lost[1]} of {former} were signed, and are lost or were changed")
    if unsigned:
        found.append(
            f"entries {unsigned[0]} to {unsigned[1]} of {former} were never signed there: only entry 0 of this log "
            "says what they were when it began"
        )
    if facts.get("key_lost"):
        found.append(
            f"the key of {former} was lost: whoever has it may sign what they like in that name, so nothing larger "
            "than its last checkpoint counts. That this log goes on from it, entry 0 alone says: ask the institution "
            "by another way whether the new key is its own"
        )
    return found
