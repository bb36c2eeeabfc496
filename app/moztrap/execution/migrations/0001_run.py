import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of runs."""

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalog", "0003_productversion_environments"),
        ("environments", "0004_environment_elements"),
        ("library", "0010_suite_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_on", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                ("modified_on", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "modified_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="modified by",
                    ),
                ),
                (
                    "deleted_on",
                    models.DateTimeField(blank=True, db_index=True, editable=False, null=True),
                ),
                (
                    "deleted_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deleted by",
                    ),
                ),
                ("cc_version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "live",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(deleted_on__isnull=True, then=models.Value(1)),
                            default=models.Value(None),
                        ),
                        output_field=models.PositiveSmallIntegerField(null=True),
                    ),
                ),
                (
                    "productversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="catalog.productversion",
                        verbose_name="product version",
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "description",
                    models.TextField(
                        blank=True, help_text="Markdown. Testers see it above the cases."
                    ),
                ),
                ("start", models.DateField(default=django.utils.timezone.localdate)),
                ("end", models.DateField(blank=True, null=True)),
                ("build", models.CharField(blank=True, max_length=100)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("active", "active"),
                            ("disabled", "disabled"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "is_series",
                    models.BooleanField(
                        default=False,
                        help_text="Whoever tests names a build; each build becomes a run of its own.",
                        verbose_name="is a series",
                    ),
                ),
                (
                    "series",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="members",
                        to="execution.run",
                    ),
                ),
                ("refreshed_on", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "everything",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("series", "build", "live"),
                        name="execution_run_build",
                        violation_error_message="This series has a run of this build already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "active", "disabled"])),
                        name="execution_run_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end__isnull", True), ("end__gte", models.F("start")), _connector="OR"
                        ),
                        name="execution_run_dates",
                        violation_error_message="A run cannot end before it starts.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_series", False), ("series__isnull", True), _connector="OR"
                        ),
                        name="execution_run_series",
                        violation_error_message="The member of a series is no series itself.",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
                ("objects", django.db.models.manager.Manager()),
            ],
        ),
    ]
