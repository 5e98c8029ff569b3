from django.db import migrations

# A migration that makes the table anew on SQLite, as many changes of a column do there, must put the trigger back.
SENTENCE = "Published questions are never changed."
POSTGRESQL = f"""
CREATE FUNCTION channels_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$;
CREATE TRIGGER channels_published_stays BEFORE UPDATE ON channels_channelquestions
FOR EACH ROW WHEN (OLD.published_on IS NOT NULL) EXECUTE FUNCTION channels_published_stays();
"""
SQLITE = f"""
CREATE TRIGGER channels_published_stays BEFORE UPDATE ON channels_channelquestions WHEN OLD.published_on IS NOT NULL
BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END
"""


def guard(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE, params=None)


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER channels_published_stays ON channels_channelquestions", params=None)
        schema_editor.execute("DROP FUNCTION channels_published_stays()", params=None)
    else:
        schema_editor.execute("DROP TRIGGER channels_published_stays", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ("channels", "0002_questions_and_drafts"),
    ]

    operations = [
        migrations.RunPython(guard, unguard),
    ]
