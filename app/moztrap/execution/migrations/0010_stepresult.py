import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of what came of steps."""

    dependencies = [
        ("execution", "0009_cell_result"),
    ]

    operations = [
        migrations.CreateModel(
            name="StepResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="execution.result",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="library.casestep",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("instruction", models.TextField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("passed", "passed"),
                            ("failed", "failed"),
                            ("blocked", "blocked"),
                            ("invalid", "invalid"),
                            ("skipped", "skipped"),
                            ("restarted", "restarted"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("result", "number"), name="execution_stepresult_number"
                    )
                ],
            },
        ),
    ]
