"""Choosing people by their user names, for what the set-up makes once."""

from __future__ import annotations

from config.setup.conversation import Conversation, Later, Question, Wrong
from config.setup.settings_questions import words
from integrity.people.models import Appointment, User
from integrity.people.roles import Role


def in_role(*roles: Role) -> list[User]:
    """People with an open account and a key of their own who hold one of the roles today."""
    held = Appointment.objects.in_force().filter(role__in=roles).values("person")
    return list(User.objects.filter(pk__in=held, is_active=True, key__isnull=False).select_related("key"))


def choose(talk: Conversation, question: Question, among: list[User], *, section: str, least: int = 1) -> list[User]:
    """Those of the people that are named. Raises Later while there are too few, Wrong for somebody else."""
    if len(among) < least:
        raise Later("Too few people have the role and a key. Invite them and give the role at the desk first.")
    by_name = {person.username: person for person in among}
    if talk.answers is None:
        talk.say(f"    In question: {', '.join(sorted(by_name))}")
    chosen = list(dict.fromkeys(words(talk.ask(question).lower())))
    unfit = [name for name in chosen if name not in by_name]
    if unfit:
        talk.forget(section)
        raise Wrong(f"{', '.join(unfit)}: not in the role for this, or without a key yet.")
    if len(chosen) < least:
        talk.forget(section)
        raise Wrong(f"Name at least {least}.")
    return [by_name[name] for name in chosen]
