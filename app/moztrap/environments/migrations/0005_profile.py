import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of profiles."""

    dependencies = [
        ("environments", "0004_environment_elements"),
    ]

    operations = [
        migrations.CreateModel(
            name="Profile",
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
                ("name", models.CharField(max_length=100)),
            ],
            options={
                "base_manager_name": "everything",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("name", "live"),
                        name="environments_profile_name",
                        violation_error_message="There is a profile of this name already.",
                    )
                ],
            },
            managers=[
                ("everything", django.db.models.manager.Manager()),
                ("objects", django.db.models.manager.Manager()),
            ],
        ),
    ]
