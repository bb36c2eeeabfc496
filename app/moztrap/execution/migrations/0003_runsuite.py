import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of the places of suites in runs."""

    dependencies = [
        ("execution", "0002_run_environments"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunSuite",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runsuites",
                        to="execution.run",
                    ),
                ),
                (
                    "suite",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runsuites",
                        to="library.suite",
                    ),
                ),
                ("order", models.PositiveIntegerField()),
            ],
            options={
                "ordering": ["order", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "suite"),
                        name="execution_runsuite_pair",
                        violation_error_message="This suite is in this run already.",
                    )
                ],
            },
        ),
    ]
