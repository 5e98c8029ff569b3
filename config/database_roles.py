"""Who may do what in PostgreSQL: the tables' owner, who migrates, who serves the desk, who serves the portal.

`integrity db roles` makes the accounts, as a superuser; `integrity db rights` gives them their rights, as the owner,
which must be done after every migration: a new table is closed until then. Each can be applied again, and then each
account has what `database_rights` says and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from config import database_rights
from config.database_rights import ALL, EVERYTHING, Right

# More than the threads of the portal and of its onion service; with the rest below max_connections (compose: 300).
PORTAL_CONNECTIONS = 150
# The names of row policies; they go and come again each time, also when a role got another name.
POLICIES = ("application_all", "portal_sees", "portal_adds", "portal_changes", "portal_removes")


@dataclass(frozen=True)
class Roles:
    """The names of the four roles; the owner cannot log in, the migration role acts as the owner."""

    owner: str = "integrity_owner"
    migration: str = "integrity_migration"
    application: str = "integrity_application"
    portal: str = "integrity_portal"


def statements(roles: Roles, *, passwords: Mapping[str, str] | None = None) -> Iterator[str]:
    """All of the SQL in its order, for a superuser; `passwords` by the name of a role.

    On an empty database it ends where tables would begin, so that the migration role can make them.
    """
    yield from _make(roles, passwords or {})
    yield f"GRANT {_name(roles.owner)} TO {_name(roles.migration)}"
    # What the migration role makes then belongs to the owner by itself.
    yield f"ALTER ROLE {_name(roles.migration)} SET role = {_literal(roles.owner)}"
    database = _name(str(connection.settings_dict["NAME"]))
    yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"
    for role in (roles.migration, roles.application, roles.portal):
        yield f"GRANT CONNECT ON DATABASE {database} TO {_name(role)}"
    yield f"ALTER SCHEMA {_in_use()} OWNER TO {_name(roles.owner)}"
    yield from _hand_over(roles.owner)
    yield from rights(roles)
    if "portal_report" in _tables():
        for function in database_rights.PORTAL_FUNCTIONS:
            yield f"ALTER FUNCTION {function} OWNER TO {_name(roles.owner)}"


def rights(roles: Roles) -> Iterator[str]:
    """What the application's account and the portal's may do: SQL for the owner, or for whoever acts as the owner."""
    schema = _in_use()
    tables = set(_tables())
    if "portal_report" in tables:
        for function, body in database_rights.PORTAL_FUNCTIONS.items():
            yield (
                f"CREATE OR REPLACE FUNCTION {function} RETURNS text LANGUAGE sql STABLE SECURITY DEFINER "
                f"SET search_path = {schema}, pg_temp AS {_literal(body)}"
            )
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC"
    for role in (roles.application, roles.portal):
        yield f"REVOKE ALL ON SCHEMA {schema} FROM {_name(role)}"
        yield f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {_name(role)}, PUBLIC"
        yield f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {_name(role)}, PUBLIC"
        yield f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {_name(role)}, PUBLIC"
        yield f"GRANT USAGE ON SCHEMA {schema} TO {_name(role)}"
    for table, right in sorted(application_rights().items()):
        if table in tables:
            yield from _grant(table, right, _name(roles.application))
    for table, right in sorted(database_rights.PORTAL.items()):
        if table in tables:
            yield from _grant(table, right, _name(roles.portal))
            yield from _narrow(table, right, roles)
    if "portal_report" in tables:
        for function in database_rights.PORTAL_FUNCTIONS:
            yield f"GRANT EXECUTE ON FUNCTION {function} TO {_name(roles.portal)}"
    if "audit_log_entry" in tables:
        for function in database_rights.APPLICATION_FUNCTIONS:
            yield f"GRANT EXECUTE ON FUNCTION {function} TO {_name(roles.application)}"


def application_rights() -> dict[str, Right]:
    """The application's right to each table that is stated: those of the log, of every room, and Django's own."""
    rooms = {
        model._meta.db_table: EVERYTHING
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in database_rights.APPLICATION_ROOMS
    }
    return {**rooms, **database_rights.APPLICATION_LOG, **database_rights.APPLICATION_OTHERS}


def _make(roles: Roles, passwords: Mapping[str, str]) -> Iterator[str]:
    for role in (roles.owner, roles.migration, roles.application, roles.portal):
        may = "NOLOGIN" if role == roles.owner else "LOGIN"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
        yield f"{verb} ROLE {_name(role)} {may} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
        if role == roles.portal:
            # Whatever the public asks for, the desk and the signer of the log still get in.
            yield f"ALTER ROLE {_name(role)} CONNECTION LIMIT {PORTAL_CONNECTIONS}"
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


def _grant(table: str, right: Right, role: str) -> Iterator[str]:
    for verb, columns in (("SELECT", right.read), ("INSERT", right.add), ("UPDATE", right.change)):
        if columns:
            yield f"GRANT {verb}{_columns(table, columns)} ON {_name(table)} TO {role}"
    if right.remove:
        yield f"GRANT DELETE ON {_name(table)} TO {role}"


def _columns(table: str, columns: tuple[str, ...]) -> str:
    """The columns in parentheses, or "" for all of them."""
    if columns == ALL:
        return ""
    but = {column.removeprefix("-") for column in columns if column.startswith("-")}
    named = [column for column in _columns_of(table) if column not in but] if but else list(columns)
    return f" ({', '.join(_name(column) for column in named)})"


def _narrow(table: str, right: Right, roles: Roles) -> Iterator[str]:
    """Row policies, where a right depends on the row. The owner is bound by none, the application sees every row."""
    for policy in POLICIES:
        yield f"DROP POLICY IF EXISTS {policy} ON {_name(table)}"
    if not right.has_rows:
        yield f"ALTER TABLE {_name(table)} DISABLE ROW LEVEL SECURITY"
        return
    application, portal = _name(roles.application), _name(roles.portal)
    sees, adds, becomes = right.sees or "true", right.adds or "true", right.becomes or "true"
    yield f"ALTER TABLE {_name(table)} ENABLE ROW LEVEL SECURITY"
    yield f"CREATE POLICY application_all ON {_name(table)} TO {application} USING (true) WITH CHECK (true)"
    yield f"CREATE POLICY portal_sees ON {_name(table)} FOR SELECT TO {portal} USING ({sees})"
    if right.add:
        yield f"CREATE POLICY portal_adds ON {_name(table)} FOR INSERT TO {portal} WITH CHECK ({adds})"
    if right.change:
        yield (
            f"CREATE POLICY portal_changes ON {_name(table)} FOR UPDATE TO {portal} "
            f"USING ({sees}) WITH CHECK ({becomes})"
        )
    if right.remove:
        yield f"CREATE POLICY portal_removes ON {_name(table)} FOR DELETE TO {portal} USING ({sees})"


def _tables() -> Iterable[str]:
    return connection.introspection.table_names()


def _columns_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


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
