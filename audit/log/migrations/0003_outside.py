"""What witnesses and a timestamping authority said, and entries of earlier epochs: only ever added to, as the log is."""

from django.db import migrations, models

from audit.log import enforcement


def install(apps, schema_editor):
    enforcement.install(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit_log', '0002_enforcement'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cosignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.BigIntegerField()),
                ('witness', models.CharField(max_length=200)),
                ('line', models.TextField()),
                ('time', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'cosignature',
                'verbose_name_plural': 'cosignatures',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['witness', '-size'], name='audit_log_cosigned_last')],
                'constraints': [models.UniqueConstraint(fields=('size', 'witness'), name='audit_log_cosigned_once'), models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='audit_log_cosigned_size')],
            },
        ),
        migrations.CreateModel(
            name='PastEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(max_length=200)),
                ('index', models.BigIntegerField()),
                ('leaf', models.BinaryField()),
            ],
            options={
                'verbose_name': 'entry of an earlier epoch',
                'verbose_name_plural': 'entries of earlier epochs',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('origin', 'index'), name='audit_log_past_once')],
            },
        ),
        migrations.CreateModel(
            name='Timestamp',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('response', models.BinaryField()),
                ('time', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'timestamp',
                'verbose_name_plural': 'timestamps',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='audit_log_stamped_size')],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
