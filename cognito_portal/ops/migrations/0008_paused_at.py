"""Since when a list is paused, so that one that nobody comes back to can be ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0007_staff_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="bulkact",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="onboardingjob",
            name="paused_at",
            field=models.DateTimeField(null=True),
        ),
    ]
