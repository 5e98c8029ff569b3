"""Private parts of entries: ciphertext in rows of their own, which may go behind the entry that says so."""

import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from audit.log import enforcement


def install(apps, schema_editor):
    enforcement.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit_log', '0003_outside'),
    ]

    operations = [
        migrations.CreateModel(
            name='Private',
            fields=[
                ('commitment', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('leaf_hash', models.BinaryField(max_length=32)),
                ('sealed', models.BinaryField()),
                ('time', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'private part',
                'verbose_name_plural': 'private parts',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['time'], name='audit_log_private_time')],
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('commitment'), 64), name='audit_log_private_commitment'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('leaf_hash'), 32), name='audit_log_private_hash'), models.CheckConstraint(condition=models.Q(('sealed', b''), _negated=True), name='audit_log_private_is_something')],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
