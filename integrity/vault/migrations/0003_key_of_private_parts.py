"""The key of the log's private parts."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0002_kinds_of_keys'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='key',
            name='key_kind_is_known',
        ),
        migrations.AlterField(
            model_name='key',
            name='kind',
            field=models.CharField(choices=[('person', 'person'), ('reporter', 'reporting person'), ('report', 'report'), ('case', 'case'), ('appeal', 'appeal record'), ('identity', "reporting person's identity"), ('request', 'request for an identity'), ('publication', 'publication'), ('audit', 'private parts of the log'), ('recovery', 'recovery')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='key',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['person', 'reporter', 'report', 'case', 'appeal', 'identity', 'request', 'publication', 'audit', 'recovery'])), name='key_kind_is_known'),
        ),
    ]
