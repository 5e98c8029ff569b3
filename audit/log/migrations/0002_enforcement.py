"""Entries that wait for their index (PostgreSQL), and triggers that let nothing but growth happen to the log."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from audit.log import enforcement


def install(apps, schema_editor):
    enforcement.install(schema_editor.connection)


def remove(apps, schema_editor):
    enforcement.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit_log', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Waiting',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('leaf', models.BinaryField()),
                ('leaf_hash', models.BinaryField(max_length=32)),
                ('type', models.CharField(max_length=100)),
                ('actor', models.CharField(max_length=200)),
                ('object', models.CharField(max_length=200)),
                ('time', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'entry without an index',
                'verbose_name_plural': 'entries without an index',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('leaf_hash'), 32), name='audit_log_waiting_hash'), models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.functions.text.Length('leaf'), 0), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('leaf'), 65535)), name='audit_log_waiting_leaf')],
            },
        ),
        migrations.AddField(
            model_name='entry',
            name='arrival',
            field=models.BigIntegerField(null=True),
        ),
        migrations.RunPython(install, remove),
    ]
