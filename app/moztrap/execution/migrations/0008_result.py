import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of results."""

    dependencies = [
        ("execution", "0007_tally"),
    ]

    operations = [
        migrations.CreateModel(
            name="Result",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="execution.run",
                    ),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="execution.cell",
                    ),
                ),
                (
                    "tester",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="results",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_on",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded on"
                    ),
                ),
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
                ("comment", models.TextField(blank=True, help_text="Markdown.")),
                ("bug_url", models.CharField(blank=True, max_length=500, verbose_name="bug")),
                ("duration", models.PositiveIntegerField(blank=True, null=True)),
                ("latest", models.PositiveSmallIntegerField(default=1, null=True)),
                (
                    "review",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "not needed"),
                            ("pending", "pending"),
                            ("reviewed", "reviewed"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("reviewed_on", models.DateTimeField(null=True)),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("review_comment", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["review", "latest", "run"], name="execution_to_review")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "tester", "latest"), name="execution_result_latest"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latest__isnull", True), ("latest", 1), _connector="OR"
                        ),
                        name="execution_result_flag",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["passed", "failed", "blocked", "invalid", "skipped", "restarted"],
                            )
                        ),
                        name="execution_result_status",
                    ),
                ],
            },
        ),
    ]
