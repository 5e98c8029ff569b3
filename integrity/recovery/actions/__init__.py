"""The verbs of the recovery room. Each leaves its entry; what is slow (Argon2id) runs before, in `proving`."""

from integrity.recovery.actions.ceremony import abandon, confirm, forget_old_key, propose
from integrity.recovery.actions.covering import bring_in
from integrity.recovery.actions.requests import approve, ask, refuse, see_notices, withdraw
from integrity.recovery.actions.shares import keep_share, note_wrong_words, prove_share, show_words
from integrity.recovery.actions.sitting import (
    OpenSitting,
    drill,
    end_sitting,
    laid_shares,
    lay_share,
    move,
    open_sitting,
    recover,
    replace,
    sweep_sittings,
)

__all__ = [
    "OpenSitting",
    "abandon",
    "approve",
    "ask",
    "bring_in",
    "confirm",
    "drill",
    "end_sitting",
    "forget_old_key",
    "keep_share",
    "laid_shares",
    "lay_share",
    "move",
    "note_wrong_words",
    "open_sitting",
    "propose",
    "prove_share",
    "recover",
    "refuse",
    "replace",
    "see_notices",
    "show_words",
    "sweep_sittings",
    "withdraw",
]
