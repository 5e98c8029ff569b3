import django.db.models.deletion
import integrity.vault.models
from django.db import migrations, models


def first_generations(apps, schema_editor):
    apps.get_model("vault", "Key").objects.update(lineage=models.F("id"))


class Migration(migrations.Migration):

    dependencies = [
        ("vault", "0001_initial"),
    ]

    operations = [
        migrations.AddField("key", "suite", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("key", "destroyed_on", models.DateField(null=True)),
        migrations.AddField(
            "key",
            "predecessor",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="successor", to="vault.key"
            ),
        ),
        migrations.AddField(
            "key", "lineage", integrity.vault.models.LineageField(db_index=True, editable=False, null=True)
        ),
        migrations.RunPython(first_generations, migrations.RunPython.noop),
        migrations.AlterField("key", "lineage", integrity.vault.models.LineageField(db_index=True, editable=False)),
        migrations.AddConstraint(
            "key",
            models.CheckConstraint(
                condition=models.Q(("predecessor", models.F("id")), _negated=True), name="no_key_follows_itself"
            ),
        ),
        migrations.AddConstraint(
            "key",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lineage", models.F("id")), ("predecessor__isnull", True)),
                    models.Q(
                        ("predecessor__isnull", False), models.Q(("lineage", models.F("id")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="a_lineage_begins_with_its_first_key",
            ),
        ),
        migrations.CreateModel(
            name="Resealing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(max_length=64)),
                ("after", models.CharField(max_length=64, unique=True)),
            ],
        ),
    ]
