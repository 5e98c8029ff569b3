"""`integrity audit erase-private INDEX --as AUDITOR`: what the entry's page does, at a terminal."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from audit.log.actions import number
from audit.log.models import Entry
from audit.log.operating import VERBS, Output, Verb
from audit.log.private import Ground
from integrity.action import Refusal
from integrity.factors.terminal import signed_in
from integrity.people.private_parts import erase_of
from integrity.vault.passphrase import TooBusy


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("index", type=int, help="the entry whose private part is erased")
    parser.add_argument("--as", dest="username", required=True, help="user name of the auditor who does it")
    parser.add_argument(
        "--ground",
        required=True,
        choices=[ground.value for ground in Ground if ground is not Ground.RETENTION],
        help="why it may be erased",
    )
    parser.add_argument("--explanation", required=True, help="kept as the private part of the erasure's entry")


def _erase(options: argparse.Namespace, out: Output) -> None:
    def ask(prompt: str) -> str:
        out.write(prompt)
        line = sys.stdin.readline()
        if not line:
            raise CommandError(_("Nothing was typed."))
        return line.rstrip("\n")

    def ask_secretly(prompt: str) -> str:
        return getpass(f"{prompt} ") if sys.stdin.isatty() else ask(prompt)

    number()
    entry = Entry.objects.filter(index=options.index).first()
    if entry is None:
        raise CommandError(_("The log has no entry with this index."))
    try:
        actor = signed_in(options.username, ask=ask, ask_secretly=ask_secretly)
        erase_of(entry, actor=actor, ground=Ground(options.ground), explanation=options.explanation)
    except Refusal as refusal:
        raise CommandError(str(refusal.sentence)) from refusal
    except TooBusy as busy:
        raise CommandError(_("Too many passphrases are being tried just now. Try again in a minute.")) from busy
    out.write(_("The private part of entry %(index)d is erased.") % {"index": entry.index})


VERBS["erase-private"] = Verb("erase the private part of an entry (auditor)", _erase, _arguments)
