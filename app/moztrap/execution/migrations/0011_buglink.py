import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of bugs that cases have shown."""

    dependencies = [
        ("execution", "0010_stepresult"),
    ]

    operations = [
        migrations.CreateModel(
            name="BugLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="buglinks",
                        to="library.case",
                    ),
                ),
                ("url", models.CharField(max_length=500)),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "url"), name="execution_buglink_pair")
                ],
            },
        ),
    ]
