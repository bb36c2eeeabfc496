from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate runs to suites."""

    dependencies = [
        ("execution", "0003_runsuite"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="suites",
            field=models.ManyToManyField(
                blank=True, related_name="runs", through="execution.RunSuite", to="library.suite"
            ),
        ),
    ]
