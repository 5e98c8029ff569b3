"""What an operator does with the log besides signing and exporting: keys, epochs, comparisons, evidence.

The verbs of `integrity audit`, each with its arguments; the command itself only finds and runs them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from audit.log import ciphertexts, cosigning, epoch, evidence, rotation, verifying
from audit.log.errors import LogError
from audit.log.signer import device_key, load_signer
from audit.log.verified import Verdict
from audit.note import MalformedNote, VerifierKey

OPERATOR = "operator/command-line"


class Differences(LogError):
    """The check was made, and something is wrong."""


class Output(Protocol):
    """Where a verb writes to."""

    def write(self, line: str) -> object:
        """Write one line."""


@dataclass(frozen=True)
class Verb:
    """A word after `integrity audit`: what it is for, its arguments, and what it does."""

    help: str
    run: Callable[[argparse.Namespace, Output], None]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None


def _policy(options: argparse.Namespace, out: Output) -> None:
    out.write(cosigning.policy().encode().decode().removesuffix("\n"))


def _device_key_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("public_key", type=Path, help="a file in PEM")


def _device_key(options: argparse.Namespace, out: Output) -> None:
    out.write(str(device_key(options.public_key.read_bytes(), settings.LOG_ORIGIN)))


def _rotate_key(options: argparse.Namespace, out: Output) -> None:
    made = rotation.begin(actor=OPERATOR)
    out.write(f"Both keys sign now:\n{made.key}\n{made.following}")
    out.write(
        "Publish the second where the first was published, give it to the witnesses, and send auditors the policy"
    )
    out.write("(integrity audit policy). When all have it: integrity audit finish-rotation")


def _finish_rotation(options: argparse.Namespace, out: Output) -> None:
    done = rotation.finish(actor=OPERATOR)
    out.write(f"From now on this key signs alone:\n{done.following}")
    if done.by_hand:
        out.write(
            "A program signs, so change the settings yourself: let LOG_SIGNER_COMMAND and LOG_SIGNER_VKEY, or "
            "LOG_KEY_FILE, name this key, and unset LOG_NEXT_SIGNER_COMMAND and LOG_NEXT_SIGNER_VKEY."
        )


def _new_epoch_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("origin", help="the new log's name for ever")
    parser.add_argument("archive", type=Path, help="a new or empty folder for the old log")
    parser.add_argument("--reason", required=True, help="what happened: it stands in the first entry, for everybody")
    parser.add_argument(
        "--checkpoint", type=Path, help="the old log's last checkpoint, as a witness or an export has it"
    )
    parser.add_argument("--former-key", type=_key, help="the old log's public key, when its private key is lost")


def _key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except MalformedNote as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _new_epoch(options: argparse.Namespace, out: Output) -> None:
    last = options.checkpoint.read_bytes() if options.checkpoint else None
    opened = epoch.open_epoch(
        origin=options.origin,
        archive=options.archive,
        reason=options.reason,
        actor=OPERATOR,
        last=last,
        former_key=options.former_key,
    )
    lost = (
        f"entries {opened.lost[0]} to {opened.lost[1]} are lost or were changed" if opened.lost else "nothing is lost"
    )
    out.write(f"The old log is in {options.archive}. {opened.kept} of its entries are kept; {lost}.")
    out.write(f"Now set LOG_ORIGIN={options.origin} and start everything again; until then nothing is signed.")
    if opened.key:
        out.write(f"Publish the new key, and give it to the witnesses:\n{opened.key}")
    else:
        out.write("A program signs: set LOG_SIGNER_VKEY to a key of the new name (integrity audit device-key).")


def _verify_database_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")


def _verify_database(options: argparse.Namespace, out: Output) -> None:
    found = ciphertexts.compare()
    if options.json:
        out.write(json.dumps(asdict(found), indent=1))
    else:
        out.write(f"{found.entries} entries, the first {found.signed} of them signed.")
        out.write(
            f"{found.agree} ciphertexts are as they were written; {found.ended} others ended in the ordinary course."
        )
        for each in found.differences:
            out.write(f"WRONG {each.place}: {each.message}" + ("" if each.index is None else f" (entry {each.index})"))
    if found.differences:
        raise Differences(f"{len(found.differences)} ciphertexts are not what the log says was written.")


def _verify(options: argparse.Namespace, out: Output) -> None:
    done = verifying.verify(actor=OPERATOR)
    out.write(f"{done.size} entries and {done.checkpoints} checkpoints verified, {done.ciphertexts} ciphertexts agree.")
    for sentence in done.remarks:
        out.write(f"NOTE {sentence}")
    for sentence in done.findings:
        out.write(f"WRONG {sentence}" if done.verdict == Verdict.WRONG else sentence)
    if not done.agrees:
        doubt = "" if done.first_index is None else f" The first entry in doubt is {done.first_index}."
        raise Differences(f"Not verified.{doubt}")


def _prove_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("matter", help="a case by its reference, or any object by its name in the log")
    parser.add_argument("directory", type=Path, help="a new or empty folder")


def _prove(options: argparse.Namespace, out: Output) -> None:
    written = evidence.write_evidence(options.directory, name=options.matter, actor=OPERATOR)
    out.write(f"{written.entries} entries of {written.size} written to {options.directory}, with their proofs.")
    out.write(f"Check it, on any machine: python -m audit.evidence {options.directory} --policy POLICY")


def _witnesses(options: argparse.Namespace, out: Output) -> None:
    out.write(f"{load_signer().verifier}")
    for each in cosigning.watched():
        last = f"{each.size} entries at {each.time:%Y-%m-%d %H:%M} UTC" if each.time else "nothing yet"
        out.write(f"{each.witness.name} ({each.witness.url}): {last}")


VERBS: dict[str, Verb] = {
    "policy": Verb("print the policy that auditors check by: keys, witnesses, quorum", _policy),
    "witnesses": Verb("print what each witness cosigned last", _witnesses),
    "device-key": Verb(
        "print the verifier key of a public key that a device gave out",
        _device_key,
        _device_key_arguments,
    ),
    "rotate-key": Verb("make the key that will follow the present one; both sign from now on", _rotate_key),
    "finish-rotation": Verb("let the key that followed sign alone", _finish_rotation),
    "new-epoch": Verb(
        "begin the log again under a new name, after entries were lost", _new_epoch, _new_epoch_arguments
    ),
    "verify": Verb("verify the whole log as the database holds it, and keep what came of it", _verify),
    "prove": Verb("write the entries of a matter with their proofs, for a court", _prove, _prove_arguments),
    "verify-database": Verb(
        "compare every stored ciphertext with the log", _verify_database, _verify_database_arguments
    ),
}
