"""What each account of PostgreSQL may do with each table: the one place where it is said.

A table that is not here is closed to every account, and a test says that it is missing. `database_roles` makes the
SQL. The conditions on rows are SQL about the row's own columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ALL: Final = ("*",)


@dataclass(frozen=True)
class Right:
    """Columns that may be read, added and changed, "*" being all and "-name" all but that one; whether rows may go.

    `sees` and `adds` narrow them to rows of which the condition is true, `becomes` to changes after which it is.
    """

    read: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    remove: bool = False
    sees: str = ""
    adds: str = ""
    becomes: str = ""

    @property
    def has_rows(self) -> bool:
        """Whether it depends on the row."""
        return bool(self.sees or self.adds or self.becomes)


EVERYTHING: Final = Right(read=ALL, add=ALL, change=ALL, remove=True)
GROWING: Final = Right(read=ALL, add=ALL)
READING: Final = Right(read=ALL)
# What an entry brings along; its place in the log is given by the function alone.
ARRIVING: Final = ("leaf", "leaf_hash", "type", "actor", "object", "time")

# The log, table by table: a new one is closed until it stands here.
APPLICATION_LOG: Final[Mapping[str, Right]] = {
    "audit_log_block": READING,
    "audit_log_checkpoint": GROWING,
    "audit_log_cosignature": GROWING,
    "audit_log_entry": READING,
    "audit_log_head": READING,
    "audit_log_pastentry": GROWING,
    # Private parts are erased with the keys of what they are about.
    "audit_log_private": Right(read=ALL, add=ALL, remove=True),
    "audit_log_tile": GROWING,
    "audit_log_timestamp": GROWING,
    "audit_log_verification": GROWING,
    "audit_log_waiting": Right(read=ALL, add=ARRIVING),
}
# The tables of the work, room by room: the desk, its worker and its clock do everything there.
APPLICATION_ROOMS: Final = frozenset(
    {
        "appeals", "auth", "cases", "channels", "clients", "contenttypes", "digest", "discipline", "entry", "factors",
        "federation", "followup", "guardian", "identities", "inspection", "investigation", "outbox", "people",
        "portal", "programme", "protection", "protection_desk", "publication", "recovery", "rules", "sessions",
        "statistics", "triage", "vault",
    }
)  # fmt: skip
# Django's own, without a model.
APPLICATION_OTHERS: Final[Mapping[str, Right]] = {"django_migrations": READING}
APPLICATION_FUNCTIONS: Final = ("audit_log_number(integer)",)

_KEY_IS: Final = "EXISTS (SELECT FROM vault_key AS held WHERE held.id = {column} AND held.kind = '{kind}')"

# What a policy asks of the row as it was before, because it sees only what it becomes.
PORTAL_FUNCTIONS: Final[Mapping[str, str]] = {
    "portal_report_state(uuid)": "SELECT state FROM portal_report WHERE id = $1",
}

# What reporting persons do to their report; Django writes these columns and no other.
REPORT_CHANGES: Final = (
    "awaits_answer", "has_news", "left_on", "receipt_kept", "review_asked_on", "review_due", "state", "survey_taken",
)  # fmt: skip

# A host with SITE=portal. What is not here it neither reads nor writes: nothing of cases, nothing of the desk.
PORTAL: Final[Mapping[str, Right]] = {
    "audit_log_checkpoint": READING,
    "audit_log_cosignature": READING,
    "audit_log_entry": Right(read=("index", "leaf_hash")),
    "audit_log_tile": READING,
    "audit_log_waiting": Right(add=ARRIVING),
    "auth_permission": READING,
    "channels_channel": READING,
    "channels_channel_recipients": READING,
    "channels_channelquestions": Right(read=("-made_by_id",), sees="published_on IS NOT NULL"),
    # Clients of the API: that a key is one, and the day on which it was used. Never a new one.
    "clients_apiclient": Right(read=("-made_by_id", "-ended_by_id"), change=("used_on",), sees="ended_on IS NULL"),
    "clients_apiclient_channels": READING,
    "django_content_type": READING,
    "followup_enquiry": Right(read=("-author_id",), change=("answers", "answered_on", "nonce")),
    "followup_transcript": Right(read=("-author_id",), change=("corrected", "state", "answered_on")),
    # To whom a report is sealed: no name, no staff number, nobody who receives no reports.
    "people_appointment": Right(
        read=("person_id", "role", "since", "until"), sees="role IN ('intake', 'triage', 'protection')"
    ),
    "people_user": Right(
        read=("id", "key_id", "is_active"),
        sees="EXISTS (SELECT FROM channels_channel_recipients AS named WHERE named.user_id = people_user.id)",
    ),
    "portal_attachment": GROWING,
    "portal_draft": Right(read=ALL, add=ALL, change=("wrapped", "lookup", "page", "ends_on"), remove=True),
    # What the reporting person is told later is not seen before.
    "portal_identitynotice": Right(read=ALL, sees="told_on IS NOT NULL"),
    "portal_inboxsitting": Right(read=ALL, add=ALL, change=("ends_at",), remove=True),
    # Who wrote for the office is not read, and nothing is written in its name.
    "portal_message": Right(
        read=("-author_id",), add=ALL, adds="NOT from_office AND author_id IS NULL AND kind IN ('message', 'review')"
    ),
    "portal_outcome": READING,
    # The sealed identity goes in and never out.
    "portal_report": Right(
        read=("-identity", "-identity_key_id"),
        add=ALL,
        change=REPORT_CHANGES,
        # Of the state only that a review is asked for.
        becomes="state IN ('review', portal_report_state(id))",
        adds="state = 'received' AND acknowledged_on IS NULL AND feedback_on IS NULL",
    ),
    "portal_reportstep": Right(
        read=("id", "report_id", "transition", "on"),
        add=ALL,
        adds="transition IN ('received', 'request_review', 'leave') AND person_id IS NULL",
    ),
    # Only recipients of the report's own channel.
    "portal_reportuserobjectpermission": Right(
        read=("id",),
        add=ALL,
        adds="EXISTS (SELECT FROM portal_report AS sent JOIN channels_channel_recipients AS named "
        "ON named.channel_id = sent.channel_id WHERE sent.id = content_object_id "
        "AND named.user_id = portal_reportuserobjectpermission.user_id)",
    ),
    # What is used up stays so: only the clock's sweep forgets it.
    "portal_spentpage": GROWING,
    "programme_codedocument": READING,
    "protection_detriment": Right(read=ALL, add=ALL, change=("has_news",), adds="state = 'open'"),
    "protection_detrimentmessage": Right(read=("-author_id",), add=ALL, adds="NOT from_office AND author_id IS NULL"),
    "protection_desk_keptout": Right(read=("id", "report_id", "nobody_free"), sees="nobody_free"),
    "publication_publication": Right(
        read=("-case_id", "-key_id", "-handed_over_on", "-ground", "-coded", "-remark", "-withheld_for"),
        sees="state = 'published'",
    ),
    "recovery_ceremony": Right(read=("key_id", "state"), sees="state = 'in_force'"),
    "rules_rulepack": READING,
    # Counts of the survey: all of a period are written anew with each answer.
    "statistics_surveytally": EVERYTHING,
    # Grants to reporting persons, which their receipts open; new ones of reports alone.
    "vault_grant": Right(
        read=ALL,
        add=ALL,
        sees=_KEY_IS.format(column="holder_id", kind="reporter"),
        adds=" OR ".join(_KEY_IS.format(column="key_id", kind=kind) for kind in ("report", "detriment")),
    ),
    # Never a key that would stand in the place of another: what is sealed later would be sealed to it.
    "vault_key": Right(
        read=ALL,
        add=ALL,
        sees="kind IN ('reporter', 'report', 'person', 'identity', 'protection', 'detriment', 'recovery')",
        adds="kind IN ('reporter', 'report', 'detriment') AND predecessor_id IS NULL AND destroyed_on IS NULL",
    ),
    "vault_storedfile": GROWING,
}
