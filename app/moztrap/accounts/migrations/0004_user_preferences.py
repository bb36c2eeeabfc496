from django.db import migrations, models


class Migration(migrations.Migration):
    """What a person likes; NULL, so that older code can still register people."""

    dependencies = [
        ("accounts", "0003_roles"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="preferences",
            field=models.JSONField(editable=False, null=True),
        ),
    ]
