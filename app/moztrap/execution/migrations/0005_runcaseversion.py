import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of what runs have in their snapshots."""

    dependencies = [
        ("execution", "0004_run_suites"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunCaseVersion",
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
                        related_name="runcaseversions",
                        to="execution.run",
                    ),
                ),
                (
                    "caseversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runcaseversions",
                        to="library.caseversion",
                        verbose_name="case version",
                    ),
                ),
                ("order", models.PositiveIntegerField()),
                ("withdrawn_on", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "run case",
                "ordering": ["order", "pk"],
                "indexes": [
                    models.Index(fields=["run", "withdrawn_on", "order"], name="execution_in_order")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "caseversion"), name="execution_runcaseversion_pair"
                    )
                ],
            },
        ),
    ]
