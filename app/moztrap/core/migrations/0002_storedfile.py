from django.db import migrations, models


class Migration(migrations.Migration):
    """The table of files that are kept in the database."""

    dependencies = [
        ("core", "0001_auditentry"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("name_key", models.CharField(max_length=64, unique=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(max_length=64)),
                ("created_on", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
