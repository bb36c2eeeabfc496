import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of case versions."""

    dependencies = [
        ("catalog", "0003_productversion_environments"),
        ("library", "0002_tag"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseVersion",
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="library.case",
                    ),
                ),
                (
                    "productversion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="caseversions",
                        to="catalog.productversion",
                        verbose_name="product version",
                    ),
                ),
                ("name", models.CharField(max_length=255)),
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
                ("envs_narrowed", models.BooleanField(default=False, editable=False)),
                ("latest", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "base_manager_name": "everything",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["latest", "deleted_on", "case"], name="library_newest"),
                    models.Index(fields=["latest", "deleted_on", "name"], name="library_by_name"),
                    models.Index(
                        fields=["productversion", "deleted_on", "case"], name="library_in_version"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "productversion", "live"),
                        name="library_caseversion_pair",
                        violation_error_message="This case is in this product version already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "active", "disabled"])),
                        name="library_caseversion_status",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
                ("objects", django.db.models.manager.Manager()),
            ],
        ),
    ]
