"""The database itself refuses to change or delete lines of the log.

Only `organisations.operations.forget_log` deletes old ones: on PostgreSQL within a transaction
that says so, on SQLite by lifting the trigger within its transaction.
"""

from django.db import migrations

REFUSAL = "the log is not edited"
SQLITE = [
    f"""
    CREATE TRIGGER audit_event_not_changed BEFORE UPDATE ON organisations_auditevent
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER audit_event_not_deleted BEFORE DELETE ON organisations_auditevent
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION kimppa_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND current_setting('kimppa.forget_log', true) = 'yes' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER audit_event_kept BEFORE UPDATE OR DELETE ON organisations_auditevent
    FOR EACH ROW EXECUTE FUNCTION kimppa_log_is_kept()
    """,
    """
    CREATE TRIGGER audit_event_not_emptied BEFORE TRUNCATE ON organisations_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION kimppa_log_is_kept()
    """,
]


def guard(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
