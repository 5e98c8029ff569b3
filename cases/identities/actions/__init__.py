"""The verbs of this room: asking, deciding, releasing and reading, telling."""

from cases.identities.actions.asking import ask, open_request, read_openings, withdraw
from cases.identities.actions.deciding import agree, approve, name_second, refuse, step_aside
from cases.identities.actions.releasing import end_release, give_back, read_identity, release
from cases.identities.actions.telling import review, tell_now

__all__ = [
    "agree",
    "approve",
    "ask",
    "end_release",
    "give_back",
    "name_second",
    "open_request",
    "read_identity",
    "read_openings",
    "refuse",
    "release",
    "review",
    "step_aside",
    "tell_now",
    "withdraw",
]
