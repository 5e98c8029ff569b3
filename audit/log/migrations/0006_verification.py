"""What came of each verification of the whole log: rows that are only ever added."""

from django.db import migrations, models

from audit.log import enforcement


def install(apps, schema_editor):
    enforcement.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit_log', '0005_behind_the_commit'),
    ]

    operations = [
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began', models.DateTimeField()),
                ('ended', models.DateTimeField()),
                ('size', models.BigIntegerField()),
                ('verdict', models.CharField(choices=[('agrees', 'Everything agrees'), ('wrong', 'Something is wrong'), ('not_made', 'It could not be made')], max_length=20)),
                ('first_index', models.BigIntegerField(null=True)),
                ('findings', models.JSONField(default=list)),
                ('remarks', models.JSONField(default=list)),
                ('checkpoints', models.BigIntegerField(default=0)),
                ('ciphertexts', models.BigIntegerField(default=0)),
                ('differences', models.BigIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'verification',
                'verbose_name_plural': 'verifications',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='audit_log_verified_size'), models.CheckConstraint(condition=models.Q(('verdict__in', ['agrees', 'wrong', 'not_made'])), name='audit_log_verified_verdict')],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
