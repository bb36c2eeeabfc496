from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate product versions to environments."""

    dependencies = [
        ("catalog", "0002_productversion"),
        ("environments", "0004_environment_elements"),
    ]

    operations = [
        migrations.AddField(
            model_name="productversion",
            name="environments",
            field=models.ManyToManyField(
                blank=True, related_name="productversions", to="environments.environment"
            ),
        ),
    ]
