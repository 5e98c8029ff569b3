"""Indexes for every pair of filters; instead of one over time, the earliest and the latest time of each block."""

from django.db import migrations, models

from audit.log import enforcement
from audit.log.enforcement.functions import COUNT_BLOCKS


def install(apps, schema_editor):
    enforcement.install(schema_editor.connection)
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "sqlite":
            # Nothing waited on SQLite before, and this trigger saw to it.
            cursor.execute("DROP TRIGGER IF EXISTS audit_log_waiting_no_insert")
        cursor.execute(COUNT_BLOCKS)


class Migration(migrations.Migration):

    dependencies = [
        ('audit_log', '0004_private'),
    ]

    operations = [
        migrations.CreateModel(
            name='Block',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('earliest', models.DateTimeField()),
                ('latest', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'block of entries',
                'verbose_name_plural': 'blocks of entries',
                'ordering': ['number'],
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 0)), name='audit_log_block_number'), models.CheckConstraint(condition=models.Q(('latest__gte', models.F('earliest'))), name='audit_log_block_span')],
            },
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='audit_log_entry_time',
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['actor', 'type', '-index'], name='audit_log_entry_actor_type'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['object', 'type', '-index'], name='audit_log_entry_object_type'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['object', 'actor', '-index'], name='audit_log_entry_both'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['object', 'actor', 'type', '-index'], name='audit_log_entry_all'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
