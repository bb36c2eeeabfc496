from django.db import migrations, models


class Migration(migrations.Migration):
    """Name the relation of suites to cases; the table is there."""

    dependencies = [
        ("library", "0009_suitecase"),
    ]

    operations = [
        migrations.AddField(
            model_name="suite",
            name="cases",
            field=models.ManyToManyField(
                blank=True, related_name="suites", through="library.SuiteCase", to="library.case"
            ),
        ),
    ]
