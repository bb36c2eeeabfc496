import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Say which result decides a cell."""

    dependencies = [
        ("execution", "0008_result"),
    ]

    operations = [
        migrations.AddField(
            model_name="cell",
            name="result",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="execution.result",
            ),
        ),
    ]
