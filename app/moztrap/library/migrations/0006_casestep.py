import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of case steps."""

    dependencies = [
        ("library", "0005_caseversion_environments"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "caseversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="library.caseversion",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("instruction", models.TextField(help_text="Markdown.")),
                (
                    "expected",
                    models.TextField(
                        blank=True, help_text="Markdown.", verbose_name="expected result"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("caseversion", "number"), name="library_casestep_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="library_casestep_from_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("instruction", ""), _negated=True),
                        name="library_casestep_instruction",
                    ),
                ],
            },
        ),
    ]
