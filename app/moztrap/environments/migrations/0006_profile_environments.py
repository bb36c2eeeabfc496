from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate profiles to environments."""

    dependencies = [
        ("environments", "0005_profile"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="environments",
            field=models.ManyToManyField(
                blank=True, related_name="profiles", to="environments.environment"
            ),
        ),
    ]
