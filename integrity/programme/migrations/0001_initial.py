import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=60)),
                ('effective_from', models.DateField(unique=True)),
                ('adopted', models.DateField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('content', models.TextField()),
                ('title', models.CharField(max_length=200)),
            ],
            options={
                'verbose_name': 'code of conduct',
                'verbose_name_plural': 'codes of conduct',
                'ordering': ['-effective_from'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('version',), name='code_version_published_once')],
            },
        ),
        migrations.CreateModel(
            name='Acknowledgement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acknowledgements', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acknowledgements', to='programme.codedocument')),
            ],
            options={
                'ordering': ['-date'],
                'indexes': [models.Index(fields=['document', 'date'], name='acknowledged_by_day')],
                'constraints': [models.UniqueConstraint(fields=('person', 'document'), name='code_acknowledged_once')],
            },
        ),
    ]
