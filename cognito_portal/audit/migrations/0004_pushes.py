import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="Push",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(choices=[("webhook", "Webhook"), ("stream", "Stream")], max_length=8),
                ),
                ("target", models.CharField(max_length=500)),
                ("events", models.CharField(blank=True, default="", max_length=4000)),
                ("sealed_secret", models.CharField(default="", max_length=400)),
                ("is_active", models.BooleanField(default=True)),
                ("next_leaf", models.BigIntegerField()),
                ("failures", models.IntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=150)),
            ],
            options={
                "db_table": "audit_push",
                "constraints": [models.UniqueConstraint(fields=("kind", "target"), name="audit_push_target")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("first_leaf", models.BigIntegerField()),
                ("rows", models.IntegerField()),
                ("status", models.IntegerField(null=True)),
                ("problem", models.CharField(default="", max_length=200)),
                ("duration_ms", models.IntegerField()),
                (
                    "push",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="audit.push",
                    ),
                ),
            ],
            options={
                "db_table": "audit_delivery",
            },
        ),
    ]
