import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of suites."""

    dependencies = [
        ("catalog", "0003_productversion_environments"),
        ("library", "0007_importedcaseversion"),
    ]

    operations = [
        migrations.CreateModel(
            name="Suite",
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
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suites",
                        to="catalog.product",
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("description", models.TextField(blank=True, help_text="Markdown.")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("active", "active"),
                            ("disabled", "disabled"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "base_manager_name": "everything",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "name", "live"),
                        name="library_suite_name",
                        violation_error_message="This product has a suite of this name already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "active", "disabled"])),
                        name="library_suite_status",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
                ("objects", django.db.models.manager.Manager()),
            ],
        ),
    ]
