from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate case versions to environments."""

    dependencies = [
        ("environments", "0004_environment_elements"),
        ("library", "0004_caseversion_tags"),
    ]

    operations = [
        migrations.AddField(
            model_name="caseversion",
            name="environments",
            field=models.ManyToManyField(
                blank=True, related_name="caseversions", to="environments.environment"
            ),
        ),
    ]
