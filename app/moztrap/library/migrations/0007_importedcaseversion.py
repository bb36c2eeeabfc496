import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of imported case versions."""

    dependencies = [
        ("library", "0006_casestep"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedCaseVersion",
            fields=[
                (
                    "caseversion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="imported",
                        serialize=False,
                        to="library.caseversion",
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("cc_version", models.PositiveIntegerField()),
            ],
        ),
    ]
