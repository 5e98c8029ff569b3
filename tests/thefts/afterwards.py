"""What happens after a theft, in a process of its own: `python -m tests.thefts.afterwards VERB …`."""

from __future__ import annotations

import json
import sys
from uuid import uuid4


def report(words: str) -> dict[str, str]:
    """Somebody outside sends a report."""
    from intake.channels.concerns import Concerns
    from intake.channels.paths import Path
    from intake.channels.routing import channel_for
    from intake.portal import actions
    from intake.portal.models import Origin
    from intake.portal.receipt import Receipt, ReporterSecret
    from integrity.action import Actor

    identifier = uuid4()
    sent = actions.send_report(
        actor=Actor.reporter(identifier),
        report_id=identifier,
        secret=ReporterSecret.of(Receipt.new()),
        channel=channel_for(concerns=Concerns.OTHERS),
        path=Path.PUBLIC,
        origin=Origin.PORTAL,
        language="en",
        answers={"what": words},
    )
    return {"report": str(sent.pk)}


def follow(token: str, passphrase: str) -> dict[str, str]:
    """Somebody opens a link before the person for whom it was made, and chooses a passphrase."""
    from integrity.action import Actor
    from integrity.people import invitations
    from integrity.vault.actions import make_person_key

    found = invitations.find(token)
    if found is None:
        return {"username": ""}
    chosen = make_person_key(passphrase)
    person = invitations.accept(actor=Actor.of(found.person), token=token, chosen=chosen)
    return {"username": person.username, "seed": chosen.private.seed.hex()}


def main() -> None:
    """Do one thing and print what came of it."""
    import django

    django.setup()
    verb, *rest = sys.argv[1:]
    print(json.dumps({"report": report, "follow": follow}[verb](*rest)))


if __name__ == "__main__":
    main()
