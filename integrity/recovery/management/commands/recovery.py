"""`integrity recovery …`: the ceremony, the proofs and the recovery at a terminal, with shares in memory only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from getpass import getpass
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from integrity.action import Actor, Refusal
from integrity.factors.terminal import signed_in
from integrity.people.models import User
from integrity.recovery import actions
from integrity.recovery.actions.ceremony import must_be_second
from integrity.recovery.actions.sitting import must_sit
from integrity.recovery.coverage import coverage, former
from integrity.recovery.models import Ceremony, Custodian, GroundOfRequest, Purpose, RecoveryRequest
from integrity.recovery.proving import Gathered, ProvenShare, WrongWords, gather, prepare_shares, prove
from integrity.recovery.scopes import PERSON, scopes
from integrity.recovery.words import Unreadable, read
from integrity.vault.passphrase import TooBusy

CLEAR = "\x1b[2J\x1b[3J\x1b[H"


class Command(BaseCommand):
    """Each verb is done by one person, who gives their passphrase; `list` needs nobody."""

    help = "The recovery key: ceremony, proofs, drills and recoveries (docs/recovery.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb for each thing that the pages do."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="custodians, proofs, coverage, requests")
        propose = self._verb(verbs, "propose", "name the custodians (administrator)")
        propose.add_argument("custodian", nargs="+", help="user names")
        propose.add_argument("--threshold", type=int, required=True, help="how many recover together")
        propose.add_argument("--same-key", action="store_true", help="new shares of the key in force")
        self._verb(verbs, "confirm", "agree to the custodians (supervisor or deciding authority)")
        self._verb(verbs, "abandon", "give the running ceremony up (administrator)")
        self._verb(verbs, "words", "receive one's words and type them back (custodian)")
        self._verb(verbs, "prove", "show that one still has one's words (custodian)")
        self._verb(verbs, "drill", "try whether the sheets give the recovery key; opens nothing")
        self._verb(verbs, "replace", "agree to new custodians of the same key")
        self._verb(verbs, "move", "bring everything from the former recovery key to the new one")
        self._verb(verbs, "cover", "bring in what one can open and the recovery key cannot")
        self._verb(verbs, "forget", "take the former recovery key out, once everything is safe")
        ask = self._verb(verbs, "ask", "ask for a recovery (administrator or supervisor)")
        ask.add_argument("beneficiary", help="user name of the person it is for")
        ask.add_argument("--scope", default=PERSON, choices=[each.name for each in scopes()])
        ask.add_argument("--reference", default="", help="number of the case or report")
        ask.add_argument("--ground", default=GroundOfRequest.FORGOTTEN.value, choices=GroundOfRequest.values)
        for verb, what in (
            ("approve", "approve a request (supervisor or deciding authority)"),
            ("refuse", "refuse a request"),
            ("recover", "give what was approved (custodians together)"),
        ):
            self._verb(verbs, verb, what).add_argument("request", type=UUID, help="identifier, from `list`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb; whatever is refused is one sentence."""
        perform: Callable[[dict[str, Any]], None] = getattr(self, f"_{options['verb']}")
        try:
            perform(options)
        except Refusal as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        except WrongWords as wrong:
            raise CommandError(wrong.sentence) from wrong
        except TooBusy as busy:
            raise CommandError(_("Too many passphrases are being tried just now. Try again in a minute.")) from busy

    def _list(self, _options: dict[str, Any]) -> None:
        in_force, running = Ceremony.objects.in_force(), Ceremony.objects.running()
        for held in (in_force, running):
            if held is None:
                continue
            self.stdout.write(f"{held.get_state_display()}: {held.threshold} of {held.custodians.count()}")
            if held.fingerprint:
                self.stdout.write(f"  {_('fingerprint')} {held.fingerprint}")
            for custodian in held.custodians.select_related("person"):
                self.stdout.write(f"  {custodian.person.name}: {_standing(custodian)}")
        if in_force is None:
            self.stdout.write(_("Nobody could recover anything yet."))
            return
        if in_force.key is not None:
            found = coverage(in_force.key)
            self.stdout.write(
                _("%(covered)d of %(total)d keys could be recovered.")
                % {"covered": found.covered, "total": found.total}
            )
        for asked in RecoveryRequest.objects.select_related("beneficiary")[:20]:
            self.stdout.write(f"{asked.pk}  {asked.beneficiary.name} {asked.reference} {asked.get_state_display()}")

    def _propose(self, options: dict[str, Any]) -> None:
        actor = self._actor(options)
        people = [_person(name) for name in options["custodian"]]
        actions.propose(actor=actor, people=people, threshold=options["threshold"], keeps_key=options["same_key"])
        self.stdout.write(_("Named. Now they, or a second person, agree."))

    def _confirm(self, options: dict[str, Any]) -> None:
        actor, ceremony = self._actor(options), _running()
        must_be_second(actor, ceremony)
        names = ", ".join(each.person.name for each in ceremony.custodians.select_related("person"))
        self._must_say_yes(
            _("These people could together open every report and every case: %(names)s. Agree?") % {"names": names}
        )
        actions.confirm(actor=actor, ceremony=ceremony, prepared=prepare_shares(ceremony))
        self.stdout.write(_("Agreed. The words of each custodian are waiting for them."))

    def _abandon(self, options: dict[str, Any]) -> None:
        actions.abandon(actor=self._actor(options), ceremony=_running())
        self.stdout.write(_("The ceremony is abandoned. Whoever has words of it should destroy the sheet."))

    def _words(self, options: dict[str, Any]) -> None:
        actor, ceremony = self._actor(options), _running()
        custodian = _own(actor, ceremony)
        self._prompt(_("Be alone, with pen and paper. Press Enter to see your words."))
        words = actions.show_words(actor=actor, custodian=custodian)
        for number, word in enumerate(words.split(), start=1):
            self.stdout.write(f"{number:3d} {word}")
        self.stdout.write(f"{_('Fingerprint of the recovery key')}: {ceremony.fingerprint}")
        self._prompt(_("Press Enter when you have written them down."))
        self._clear()
        proven = self._proven(actor, ceremony)
        actions.keep_share(actor=actor, custodian=custodian, proven=proven)
        self._clear()
        self.stdout.write(_("Your words are right. They are erased here: your sheet is the only copy."))

    def _prove(self, options: dict[str, Any]) -> None:
        actor, ceremony = self._actor(options), _in_force()
        custodian = _own(actor, ceremony)
        self.stdout.write(f"{_('Fingerprint of the recovery key')}: {ceremony.fingerprint}")
        actions.prove_share(actor=actor, custodian=custodian, proven=self._proven(actor, ceremony))
        self._clear()
        self.stdout.write(_("These are your words. Thank you; put the sheet back where it is safe."))

    def _drill(self, options: dict[str, Any]) -> None:
        actor, ceremony = self._actor(options), _in_force()
        must_sit(actor, ceremony, Purpose.DRILL)
        actions.drill(actor=actor, gathered=self._gathered(actor, ceremony))
        self.stdout.write(_("The drill succeeded: your words give the recovery key. Nothing was opened with it."))

    def _replace(self, options: dict[str, Any]) -> None:
        actor, ceremony, successor = self._actor(options), _in_force(), _running()
        must_sit(actor, ceremony, Purpose.REPLACE, successor=successor)
        gathered = self._gathered(actor, ceremony)
        prepared = prepare_shares(successor, gathered.keyring.own)
        actions.replace(actor=actor, successor=successor, gathered=gathered, prepared=prepared)
        self.stdout.write(_("You agreed to the new custodians. Their words are waiting for them."))

    def _move(self, options: dict[str, Any]) -> None:
        actor, ceremony = self._actor(options), _former()
        must_sit(actor, ceremony, Purpose.MOVE)
        brought = actions.move(actor=actor, gathered=self._gathered(actor, ceremony))
        self.stdout.write(_("%(count)d keys were brought to the new recovery key.") % {"count": brought})

    def _cover(self, options: dict[str, Any]) -> None:
        actor, brought = self._actor(options), 0
        while True:
            try:
                brought += actions.bring_in(actor=actor)
            except Refusal:
                if not brought:
                    raise
                break
            self.stdout.write(f"  {brought}")
        self.stdout.write(_("%(count)d keys are safe now.") % {"count": brought})

    def _forget(self, options: dict[str, Any]) -> None:
        removed = actions.forget_old_key(actor=self._actor(options), ceremony=_former())
        self.stdout.write(
            _("The former recovery key opened %(count)d keys, and opens nothing now.") % {"count": removed}
        )

    def _ask(self, options: dict[str, Any]) -> None:
        request = actions.ask(
            actor=self._actor(options),
            beneficiary=_person(options["beneficiary"]),
            scope=options["scope"],
            reference=options["reference"],
            ground=GroundOfRequest(options["ground"]),
            reason=self._prompt(_("Reason:")),
        )
        self.stdout.write(f"{request.pk}")

    def _approve(self, options: dict[str, Any]) -> None:
        actions.approve(actor=self._actor(options), request=_request(options))
        self.stdout.write(_("Approved. Now the custodians sit down together."))

    def _refuse(self, options: dict[str, Any]) -> None:
        actions.refuse(actor=self._actor(options), request=_request(options))
        self.stdout.write(_("Refused. Nothing is recovered."))

    def _recover(self, options: dict[str, Any]) -> None:
        actor, ceremony, request = self._actor(options), _in_force(), _request(options)
        must_sit(actor, ceremony, Purpose.RECOVER, request=request)
        given = actions.recover(actor=actor, request=request, gathered=self._gathered(actor, ceremony))
        self.stdout.write(
            _("Recovered: %(name)s was given %(count)d keys. The recovery key is forgotten again.")
            % {"name": request.beneficiary.name, "count": given}
        )

    def _verb(self, verbs: Any, name: str, what: str) -> CommandParser:
        parser: CommandParser = verbs.add_parser(name, help=what)
        parser.add_argument("--as", dest="username", required=True, help="user name of whoever does it")
        return parser

    def _actor(self, options: dict[str, Any]) -> Actor:
        """The person with their keys open and their second factor given. What is wrong is in the log, as at sign-in."""
        return signed_in(options["username"], ask=self._prompt, ask_secretly=self._secretly)

    def _secretly(self, prompt: str) -> str:
        return getpass(f"{prompt} ") if sys.stdin.isatty() else self._prompt(prompt)

    def _gathered(self, actor: Actor, ceremony: Ceremony) -> Gathered:
        """Ask one custodian after another, and put the recovery key together."""
        shares: dict[object, ProvenShare] = {}
        while len(shares) < ceremony.threshold:
            self.stdout.write(
                _("Custodian %(number)d of %(count)d") % {"number": len(shares) + 1, "count": ceremony.threshold}
            )
            proven = self._proven(actor, ceremony)
            self._clear()
            if proven.custodian.pk in shares:
                raise CommandError(
                    _("%(name)s has typed their words already. Now it is another custodian's turn.")
                    % {"name": proven.custodian.person.name}
                )
            shares[proven.custodian.pk] = proven
        return gather(ceremony, list(shares.values()))

    def _proven(self, actor: Actor, ceremony: Ceremony) -> ProvenShare:
        """Ask for words until they can be read, three times at most."""
        for _attempt in range(3):
            try:
                words = read(self._prompt(_("Type the words of your sheet:")))
            except Unreadable as unreadable:
                self.stderr.write("\n".join(unreadable.sentences))
                continue
            try:
                return prove(ceremony, words)
            except WrongWords:
                actions.note_wrong_words(actor=actor, ceremony=ceremony)
                raise
        raise CommandError(_("Take a rest, look at your sheet again, and start anew. Nothing is lost."))

    def _must_say_yes(self, question: str) -> None:
        if self._prompt(f"{question} ({_('yes')}/{_('no')})").strip().lower() not in {_("yes"), "yes", "y"}:
            raise CommandError(_("Nothing was done."))

    def _prompt(self, question: str) -> str:
        self.stdout.write(question)
        line = sys.stdin.readline()
        if not line:
            raise CommandError(_("Nothing was typed."))
        return line.rstrip("\n")

    def _clear(self) -> None:
        """Take the words off the terminal, and out of what it remembers."""
        if self.stdout.isatty():
            self.stdout.write(CLEAR)


def _person(username: str) -> User:
    found = User.objects.filter(username=username.strip().lower()).select_related("key").first()
    if found is None:
        raise CommandError(_("There is no account “%(name)s”.") % {"name": username})
    return found


def _running() -> Ceremony:
    found = Ceremony.objects.running()
    if found is None:
        raise CommandError(_("No ceremony is running."))
    return found


def _in_force() -> Ceremony:
    found = Ceremony.objects.in_force()
    if found is None:
        raise CommandError(_("There is no recovery key yet."))
    return found


def _former() -> Ceremony:
    found = former(_in_force())
    if not found:
        raise CommandError(_("No former recovery key opens anything."))
    return found[0]


def _own(actor: Actor, ceremony: Ceremony) -> Custodian:
    found = ceremony.custodians.filter(person=actor.user).first()
    if found is None:
        raise CommandError(_("You are not a custodian of this ceremony."))
    return found


def _request(options: dict[str, Any]) -> RecoveryRequest:
    found = RecoveryRequest.objects.filter(pk=options["request"]).select_related("beneficiary").first()
    if found is None:
        raise CommandError(_("There is no such request."))
    return found


def _standing(custodian: Custodian) -> str:
    if custodian.kept_on is None or custodian.proved_on is None:
        return _("words not typed back yet")
    overdue = f" ({_('proof overdue')})" if custodian.is_overdue else ""
    if not custodian.is_in_office:
        overdue += f" ({_('no custodian any more: name others')})"
    return _("last proof %(day)s") % {"day": date_format(custodian.proved_on)} + overdue
