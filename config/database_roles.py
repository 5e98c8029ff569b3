"""Who may do what in PostgreSQL: the tables' owner, who migrates, who serves the desk, who serves the portal.

`integrity db roles` prints or applies these statements. They can be applied again after every migration, which they
must be when a new table came: each account gets what is written here and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from django.db.models import Model

# What only the function that gives indexes writes to; the columns are those that an entry brings along.
NUMBERED = ("audit_log_head", "audit_log_waiting", "audit_log_entry")
LOG_COLUMNS = "leaf, leaf_hash, type, actor, object, time"
PORTAL_READS = (
    "auth.Permission",
    "channels.Channel",
    "channels.Channel_recipients",
    "contenttypes.ContentType",
    "people.Appointment",
    "people.User",
    "portal.Attachment",
    "portal.IdentityNotice",
    "portal.InboxSitting",
    "portal.Message",
    "portal.Report",
    "portal.ReportStep",
    "portal.ReportUserObjectPermission",
    "programme.CodeDocument",
    "publication.Publication",
    "recovery.Ceremony",
    "rules.RulePack",
    "vault.Grant",
    "vault.Key",
    "vault.StoredFile",
)
PORTAL_ADDS = (
    "portal.Attachment",
    "portal.InboxSitting",
    "portal.Message",
    "portal.Report",
    "portal.ReportStep",
    "portal.ReportUserObjectPermission",
    "vault.Grant",
    "vault.Key",
    "vault.StoredFile",
)
PORTAL_CHANGES: Mapping[str, Sequence[str]] = {
    "portal.InboxSitting": ("ends_at",),
    "portal.Report": ("awaits_answer", "has_news", "receipt_kept"),
}
PORTAL_REMOVES = ("portal.InboxSitting",)


@dataclass(frozen=True)
class Roles:
    """The names of the four roles; the owner cannot log in, the migration role acts as the owner."""

    owner: str = "integrity_owner"
    migration: str = "integrity_migration"
    application: str = "integrity_application"
    portal: str = "integrity_portal"


def statements(roles: Roles, *, passwords: Mapping[str, str] | None = None) -> Iterator[str]:
    """The SQL in its order, for a superuser or whoever may make roles; `passwords` by the name of a role."""
    schema = _in_use()
    yield from _make(roles, passwords or {})
    yield f"GRANT {_name(roles.owner)} TO {_name(roles.migration)}"
    # What the migration role makes then belongs to the owner by itself.
    yield f"ALTER ROLE {_name(roles.migration)} SET role = {_literal(roles.owner)}"
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC"
    yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {_name(roles.owner)}"
    yield from _hand_over(roles.owner)
    for role in (roles.application, roles.portal):
        yield f"REVOKE ALL ON SCHEMA {schema} FROM {_name(role)}"
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {_name(role)}, PUBLIC"
        yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {_name(role)}, PUBLIC"
        yield f"GRANT USAGE ON SCHEMA {schema} TO {_name(role)}"
        yield f"GRANT INSERT ({LOG_COLUMNS}) ON audit_log_waiting TO {_name(role)}"
    yield from _application(_name(roles.application))
    yield from _portal(_name(roles.portal))


def _make(roles: Roles, passwords: Mapping[str, str]) -> Iterator[str]:
    for role in (roles.owner, roles.migration, roles.application, roles.portal):
        may = "NOLOGIN" if role == roles.owner else "LOGIN"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
        yield f"{verb} ROLE {_name(role)} {may} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        if role in passwords:
            yield f"ALTER ROLE {_name(role)} PASSWORD {_literal(passwords[role])}"


def _hand_over(owner: str) -> Iterator[str]:
    """Everything in the schema belongs to the owner; sequences of identity columns follow their tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('ALTER TABLE %%I.%%I OWNER TO %%I', nspname, relname, %s) FROM pg_class "
            "JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname",
            [owner],
        )
        yield from (row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT format('ALTER FUNCTION %%s OWNER TO %%I', p.oid::regprocedure, %s) FROM pg_proc p "
            "WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit\\_log\\_%%' ORDER BY proname",
            [owner],
        )
        yield from (row[0] for row in cursor.fetchall())


def _application(role: str) -> Iterator[str]:
    """Everything in the tables of the work; of the log, reading, waiting, tiles and checkpoints."""
    tables = sorted(set(connection.introspection.table_names()) - {"django_migrations"})
    log = [table for table in tables if table.startswith("audit_log_")]
    work = ", ".join(_name(table) for table in tables if table not in log)
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON {work} TO {role}"
    yield f"GRANT SELECT ON django_migrations, {', '.join(log)} TO {role}"
    yield f"GRANT INSERT ON {', '.join(table for table in log if table not in NUMBERED)} TO {role}"
    yield f"GRANT EXECUTE ON FUNCTION audit_log_number(integer) TO {role}"


def _portal(role: str) -> Iterator[str]:
    """What receiving a report, an inbox and the public pages need: mostly to add, hardly ever to change."""
    yield f"GRANT SELECT ON {_tables(PORTAL_READS)} TO {role}"
    yield f"GRANT INSERT ON {_tables(PORTAL_ADDS)} TO {role}"
    for model, columns in PORTAL_CHANGES.items():
        yield f"GRANT UPDATE ({', '.join(_name(column) for column in columns)}) ON {_tables([model])} TO {role}"
    yield f"GRANT DELETE ON {_tables(PORTAL_REMOVES)} TO {role}"
    yield f"GRANT SELECT ON audit_log_checkpoint, audit_log_cosignature, audit_log_tile TO {role}"
    yield f'GRANT SELECT ("index", leaf_hash) ON audit_log_entry TO {role}'


def _tables(labels: Sequence[str]) -> str:
    return ", ".join(_name(_model(label)._meta.db_table) for label in labels)


def _model(label: str) -> type[Model]:
    app, name = label.split(".")
    found = apps.get_app_config(app).get_models(include_auto_created=True)
    return next(model for model in found if model.__name__ == name)


def _in_use() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        return str(cursor.fetchone()[0])


def _name(word: str) -> str:
    return connection.ops.quote_name(word.replace('"', '""'))


def _literal(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_literal(%s)", [text])
        return str(cursor.fetchone()[0])
