from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate runs to environments."""

    dependencies = [
        ("execution", "0001_run"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="environments",
            field=models.ManyToManyField(
                blank=True, related_name="runs", to="environments.environment"
            ),
        ),
    ]
