"""The verbs of the factors room."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from audit import clock
from integrity.action import Actor, Incomplete, NotConfirmed, WrongState, action, record
from integrity.factors import codes, passkeys
from integrity.factors.models import LASTING, Factor, FactorKind
from integrity.people.events import tell
from integrity.people.models import PersonEventKind, Sitting, User
from integrity.people.roles import Role
from integrity.policy import Party
from integrity.vault.keyring import Keyring

WRONG_CODES: Final = 5
SPARE_LASTS: Final = timedelta(hours=24)


class WrongFactor(Exception):
    """What was given proves nothing."""


def count_try(sitting: Sitting) -> bool:
    """Count a try before it is made; False when this sitting has had as many as it gets, and is over."""
    counted = Sitting.objects.filter(pk=sitting.pk, wrong_codes__lt=WRONG_CODES).update(
        wrong_codes=F("wrong_codes") + 1
    )
    return bool(counted)


@action(
    "factors.given",
    by=(Party.DESK,),
    limit="in one's own sitting",
    facts=("kind",),
    description="A person gave their second factor.",
)
def give_code(*, actor: Actor, sitting: Sitting | None, typed: str) -> FactorKind:
    """Take an app's code, a recovery code or the code for one sign-in, each once. Raises WrongFactor.

    `sitting` is None at a terminal.
    """
    given = codes.digits_of(typed)
    held = _held(actor)
    if len(given) == codes.APP_DIGITS:
        kind = _take_app(actor.keys, [each for each in held if each.kind == FactorKind.APP], given)
    elif len(given) == codes.SPARE_DIGITS:
        kind = _take_spare(actor, held, given)
    else:
        raise WrongFactor
    _confirm(actor, sitting, kind)
    return kind


@action(
    "factors.given",
    by=(Party.DESK,),
    limit="in one's own sitting",
    facts=("kind",),
    description="A person gave their second factor.",
)
def give_passkey(*, actor: Actor, sitting: Sitting, proved: passkeys.Proved) -> FactorKind:
    """Take a passkey's signature, which `passkeys.check` found right.

    Raises WrongFactor when the passkey's counter did not grow: there are two of what there should be one of.
    """
    for factor in _held(actor):
        if factor.kind == FactorKind.PASSKEY and _secret(factor, actor.keys)["credential"] == proved.credential:
            if proved.counter <= factor.mark and (proved.counter or factor.mark):
                raise WrongFactor
            factor.mark, factor.used_at = proved.counter, clock.now()
            factor.save(update_fields=["mark", "used_at"])
            _confirm(actor, sitting, FactorKind.PASSKEY)
            return FactorKind.PASSKEY
    raise WrongFactor


@action(
    "factors.refused",
    by=(Party.DESK,),
    limit="in one's own sitting",
    description="A wrong second factor was given; after five the sitting is over.",
)
def note_wrong(*, actor: Actor, sitting: Sitting | None) -> bool:
    """Leave an entry about a wrong second factor; True when the sitting is over because of it."""
    record(object=actor.pseudonym)
    if sitting is None:
        return False
    over, _rows = Sitting.objects.filter(pk=sitting.pk, wrong_codes__gte=WRONG_CODES).delete()
    return bool(over)


@action(
    "factors.added",
    by=(Party.DESK,),
    limit="one's own",
    facts=("kind",),
    description="A person set up a second factor.",
)
def add_app(*, actor: Actor, sitting: Sitting, name: str, secret: str, typed: str) -> Factor:
    """Keep an authenticator app that has just shown the right code.

    Raises NotConfirmed when there is a factor already and it was not given just now, WrongFactor for a wrong code.
    """
    step = codes.step_of(secret, codes.digits_of(typed), after=0) if codes.is_secret(secret) else None
    if step is None:
        raise WrongFactor
    return _add(actor, sitting, FactorKind.APP, {"name": name, "secret": secret}, mark=step)


@action(
    "factors.added",
    by=(Party.DESK,),
    limit="one's own",
    facts=("kind",),
    description="A person set up a second factor.",
)
def add_passkey(*, actor: Actor, sitting: Sitting, name: str, proved: passkeys.Proved) -> Factor:
    """Keep a passkey that `passkeys.check_new` found right. Raises NotConfirmed as `add_app` does."""
    secret = {"name": name, "credential": proved.credential}
    return _add(actor, sitting, FactorKind.PASSKEY, secret, mark=proved.counter)


@action(
    "factors.codes_made",
    by=(Party.DESK,),
    limit="one's own",
    description="A person made new recovery codes; earlier ones stopped working.",
)
def make_codes(*, actor: Actor) -> list[str]:
    """Make ten codes of which each works once in place of a lost factor; they are shown now and never again."""
    person = _lock(actor)
    if not actor.confirmed:
        raise NotConfirmed
    Factor.objects.filter(person=person, kind=FactorKind.CODES).delete()
    made = codes.make_spare_codes()
    _keep(person, FactorKind.CODES, {"codes": made}, left=len(made))
    tell(person, PersonEventKind.CODES_MADE, actor=actor)
    record(object=actor.pseudonym)
    return made


@action(
    "factors.removed",
    by=(Party.THEMSELF,),
    themself="factor.person_id",
    sentence=_("This is somebody else's."),
    step_up=True,
    facts=("kind",),
    description="A person removed a second factor of theirs.",
)
def remove(*, actor: Actor, factor: Factor) -> None:
    """Take away a lost or old factor. Raises Incomplete for the last one that one signs in with."""
    person = _lock(actor)
    held = Factor.objects.of(person)
    if factor.kind in LASTING and not held.lasting().exclude(pk=factor.pk).exists():
        raise Incomplete(_("This is your last one: set up another before you remove it."), object=actor.pseudonym)
    Factor.objects.filter(pk=factor.pk).delete()
    tell(person, PersonEventKind.FACTOR_REMOVED, actor=actor)
    record(object=actor.pseudonym, kind=factor.kind)


@action(
    "factors.spare_code_made",
    by=(Role.ADMINISTRATOR,),
    not_self={"person": _("Somebody else must make a code for you.")},
    step_up=True,
    description="A code for one sign-in was made for somebody.",
)
def make_spare(*, actor: Actor, person: User) -> str:
    """Make a code that lets somebody in once, in place of a second factor that they lost; it is shown once.

    It opens nothing without their passphrase, works for a day, and ends an earlier one. Raises NotPermitted for
    whoever is no administrator and for oneself, WrongState when there is no factor to replace.
    """
    held = User.objects.select_for_update(of=("self",)).select_related("key").get(pk=person.pk)
    if not held.is_active or held.key is None or not Factor.objects.of(held).lasting().exists():
        raise WrongState(
            _("%(name)s has no second factor to replace: the next sign-in asks for one to be set up.")
            % {"name": held.name},
            object=f"person/{held.pk}",
        )
    Factor.objects.filter(person=held, kind=FactorKind.SPARE).delete()
    (made,) = codes.make_spare_codes(1)
    _keep(held, FactorKind.SPARE, {"codes": [made]}, left=1, lasts=SPARE_LASTS)
    tell(held, PersonEventKind.SPARE_CODE_MADE, actor=actor)
    record(object=f"person/{held.pk}")
    return made


@action(
    "factors.set_up",
    by=(Party.SYSTEM,),
    description="The system set up a second factor of an account that it made itself.",
)
def set_up(*, actor: Actor, person: User, secret: str) -> Factor:
    """Give an account of the demonstration or of a test its app; people set up theirs themselves."""
    factor = _keep(person, FactorKind.APP, {"name": "", "secret": secret})
    record(object=f"person/{person.pk}")
    return factor


def opened(person: User, keyring: Keyring, kind: FactorKind) -> list[dict[str, str]]:
    """What the factors of a kind are checked against, opened with the person's own key."""
    return [_secret(each, keyring) for each in Factor.objects.of(person).filter(kind=kind)]


def name_of(factor: Factor, keyring: Keyring) -> str:
    """What the person called it."""
    return str(_secret(factor, keyring).get("name", ""))


def _secret(factor: Factor, keyring: Keyring) -> dict[str, str]:
    found: dict[str, str] = factor.open(keyring, "secret")
    return found


def _lock(actor: Actor) -> User:
    return User.objects.select_for_update(of=("self",)).select_related("key").get(pk=actor.user.pk)


def _held(actor: Actor) -> list[Factor]:
    """The person's factors, held fast: each code counts once, also when it is sent twice at the same time."""
    return list(Factor.objects.of(_lock(actor)))


def _take_app(keyring: Keyring, apps: list[Factor], given: str) -> FactorKind:
    for factor in apps:
        step = codes.step_of(_secret(factor, keyring)["secret"], given, after=factor.mark)
        if step is not None:
            factor.mark, factor.used_at = step, clock.now()
            factor.save(update_fields=["mark", "used_at"])
            return FactorKind.APP
    raise WrongFactor


def _take_spare(actor: Actor, held: list[Factor], given: str) -> FactorKind:
    for factor in held:
        if factor.kind in LASTING:
            continue
        left = list(factor.open(actor.keys, "secret")["codes"])
        if given in left:
            left.remove(given)
            if left:
                factor.seal(secret={"codes": left})
                factor.left, factor.used_at = len(left), clock.now()
                factor.save()
            else:
                Factor.objects.filter(pk=factor.pk).delete()
            tell(actor.user, PersonEventKind.CODE_USED, actor=actor)
            return FactorKind(factor.kind)
    raise WrongFactor


def _add(actor: Actor, sitting: Sitting, kind: FactorKind, secret: dict[str, str], *, mark: int) -> Factor:
    person = _lock(actor)
    if not actor.confirmed and Factor.objects.of(person).lasting().exists():
        raise NotConfirmed
    # What was set up for an earlier key cannot be opened any more.
    Factor.objects.filter(person=person).exclude(pk__in=Factor.objects.of(person)).delete()
    factor = _keep(person, kind, secret, mark=mark)
    Sitting.objects.filter(pk=sitting.pk).update(confirmed_at=clock.now(), wrong_codes=0)
    tell(person, PersonEventKind.FACTOR_ADDED, actor=actor)
    record(object=actor.pseudonym, kind=kind.value)
    return factor


def _keep(
    person: User,
    kind: FactorKind,
    secret: object,
    *,
    mark: int = 0,
    left: int | None = None,
    lasts: timedelta | None = None,
) -> Factor:
    if person.key is None:
        raise Incomplete(_("A second factor belongs to a key, and there is none yet."), object=f"person/{person.pk}")
    now = clock.now()
    factor = Factor(
        person=person,
        key=person.key,
        kind=kind,
        made_at=now,
        mark=mark,
        left=left,
        expires_at=now + lasts if lasts else None,
    )
    factor.seal(secret=secret)
    factor.save(force_insert=True)
    return factor


def _confirm(actor: Actor, sitting: Sitting | None, kind: FactorKind) -> None:
    if sitting is not None and not Sitting.objects.filter(pk=sitting.pk, person=actor.user).update(
        confirmed_at=clock.now(), wrong_codes=0
    ):
        raise WrongState(_("This sitting has ended. Sign in again."), object=actor.pseudonym)
    record(object=actor.pseudonym, kind=kind.value)
