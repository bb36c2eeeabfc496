import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of cases."""

    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("catalog", "0003_productversion_environments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
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
                        related_name="cases",
                        to="catalog.product",
                    ),
                ),
                ("idprefix", models.CharField(blank=True, max_length=25, verbose_name="id prefix")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(1, "1, highest"), (2, "2"), (3, "3"), (4, "4, lowest")],
                        null=True,
                    ),
                ),
                ("origin", models.CharField(editable=False, max_length=100, null=True)),
            ],
            options={
                "base_manager_name": "everything",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "origin"), name="library_case_origin"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("priority__isnull", True), ("priority__range", (1, 4)), _connector="OR"
                        ),
                        name="library_case_priority",
                    ),
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
                ("objects", django.db.models.manager.Manager()),
            ],
        ),
    ]
