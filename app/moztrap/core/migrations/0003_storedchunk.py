import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of the pieces of these files."""

    dependencies = [
        ("core", "0002_storedfile"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="core.storedfile",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file", "number"), name="core_storedchunk_number"
                    )
                ],
            },
        ),
    ]
