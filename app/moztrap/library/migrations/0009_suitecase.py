import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of the places of cases in suites."""

    dependencies = [
        ("library", "0008_suite"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuiteCase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "suite",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suitecases",
                        to="library.suite",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suitecases",
                        to="library.case",
                    ),
                ),
                ("order", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["order", "pk"],
                "indexes": [
                    models.Index(fields=["suite", "order"], name="library_suitecase_order")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("suite", "case"),
                        name="library_suitecase_pair",
                        violation_error_message="This case is in this suite already.",
                    )
                ],
            },
        ),
    ]
