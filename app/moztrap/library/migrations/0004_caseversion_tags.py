from django.db import migrations, models


class Migration(migrations.Migration):
    """Relate case versions to tags."""

    dependencies = [
        ("library", "0003_caseversion"),
    ]

    operations = [
        migrations.AddField(
            model_name="caseversion",
            name="tags",
            field=models.ManyToManyField(blank=True, related_name="caseversions", to="library.tag"),
        ),
    ]
