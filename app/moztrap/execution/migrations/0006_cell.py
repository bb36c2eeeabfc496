import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of cells: a case of a run in one environment."""

    dependencies = [
        ("execution", "0005_runcaseversion"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cell",
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
                        related_name="cells",
                        to="execution.run",
                    ),
                ),
                (
                    "runcaseversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cells",
                        to="execution.runcaseversion",
                    ),
                ),
                (
                    "environment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cells",
                        to="environments.environment",
                    ),
                ),
                (
                    "environment_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce(
                            "environment_id", models.Value(0)
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                ("is_withdrawn", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("passed", "passed"),
                            ("failed", "failed"),
                            ("blocked", "blocked"),
                            ("invalid", "invalid"),
                            ("skipped", "skipped"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                (
                    "tester",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["run", "environment_key", "is_withdrawn", "status"],
                        name="execution_cell_status_in",
                    ),
                    models.Index(
                        fields=["assignee", "is_withdrawn", "status"], name="execution_assigned"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("runcaseversion", "environment_key"), name="execution_cell_pair"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "passed", "failed", "blocked", "invalid", "skipped"],
                            )
                        ),
                        name="execution_cell_status",
                    ),
                ],
            },
        ),
    ]
