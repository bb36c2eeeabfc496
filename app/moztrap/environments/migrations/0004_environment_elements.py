from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate environments to elements."""

    dependencies = [
        ("environments", "0003_environment"),
    ]

    operations = [
        migrations.AddField(
            model_name="environment",
            name="elements",
            field=models.ManyToManyField(related_name="environments", to="environments.element"),
        ),
    ]
