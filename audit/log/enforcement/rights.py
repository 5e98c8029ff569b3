"""What the connected role of PostgreSQL may do to the log."""

from typing import Any

from audit.log.enforcement.postgresql import PRIVATE, triggers

DELETE = 2


def privileges(cursor: Any) -> list[str]:
    """A sentence for each way in which the connected role could change the log."""
    cursor.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")
    role, is_superuser = cursor.fetchone()
    if is_superuser:
        return [f"The program is connected as {role}, a superuser, whom no trigger stops."]
    found = []
    for table in sorted({trigger.table for trigger in triggers(cursor)}):
        cursor.execute(
            "SELECT pg_has_role(current_user, relowner, 'MEMBER'), has_table_privilege(oid, 'UPDATE'), "
            "has_any_column_privilege(oid, 'UPDATE'), has_table_privilege(oid, 'DELETE'), "
            "has_table_privilege(oid, 'TRUNCATE'), has_table_privilege(oid, 'TRIGGER') "
            "FROM pg_class WHERE relname = %s AND relnamespace = current_schema()::regnamespace",
            [table],
        )
        owns, *rights = cursor.fetchone() or (False,) * 6
        if table == PRIVATE:
            # A trigger lets those go whose erasure has an entry.
            del rights[DELETE]
        if owns:
            found.append(f"The program is connected as {role}, which owns {table} and can switch its triggers off.")
        elif any(rights):
            found.append(f"The program is connected as {role}, which may change, empty or put triggers on {table}.")
    cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    if not found and cursor.fetchone()[0]:
        found.append(f"The program is connected as {role}, which may put things of its own into the schema.")
    return found


def separated(cursor: Any) -> bool:
    """Whether the table of entries belongs to a role that cannot log in."""
    cursor.execute(
        "SELECT NOT rolcanlogin FROM pg_class JOIN pg_roles r ON r.oid = relowner "
        "WHERE relname = 'audit_log_entry' AND relnamespace = current_schema()::regnamespace"
    )
    row = cursor.fetchone()
    return bool(row and row[0])
