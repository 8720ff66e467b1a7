import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def take_names_apart(apps, schema_editor):
    """The parts of names that were written before there were any."""
    Person = apps.get_model("audit", "AuditPerson")
    Part = apps.get_model("audit", "AuditNamePart")
    for person in Person.objects.iterator():
        names = (person.account, person.sub.casefold())
        parts = {name[start : start + 3] for name in names for start in range(len(name) - 2)}
        Part.objects.bulk_create(Part(part=part, person=person) for part in sorted(parts))


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditLeaf",
            fields=[
                ("leaf_no", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField(unique=True)),
                ("seal_no", models.BigIntegerField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_leaf",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AuditNamePart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("part", models.CharField(max_length=3)),
            ],
            options={
                "db_table": "audit_name_part",
            },
        ),
        migrations.CreateModel(
            name="AuditPrune",
            fields=[
                ("seal_no", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField()),
                ("time", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_prune",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AuditRollup",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("grain", models.CharField(choices=[("hour", "Hour"), ("day", "Day")], max_length=4)),
                ("start", models.DateTimeField()),
                ("event", models.CharField(max_length=48)),
                ("outcome", models.CharField(max_length=32)),
                ("error_code", models.CharField(max_length=128)),
                ("client_id", models.CharField(max_length=128)),
                ("acts", models.BigIntegerField()),
            ],
            options={
                "db_table": "audit_rollup",
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("no", models.BigIntegerField(primary_key=True, serialize=False)),
                ("log_id", models.CharField(max_length=32)),
                ("first_leaf", models.BigIntegerField()),
                ("count", models.IntegerField()),
                ("total", models.BigIntegerField()),
                ("last_event_id", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("prev_hash", models.BinaryField(max_length=32)),
                ("seal_hash", models.BinaryField(max_length=32)),
                ("time", models.DateTimeField()),
                ("key_id", models.CharField(max_length=16)),
                ("signature", models.BinaryField(max_length=64)),
            ],
            options={
                "db_table": "audit_seal",
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AuditVerification",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("rows", models.BigIntegerField(default=0)),
                ("seals", models.BigIntegerField(default=0)),
                ("broken", models.CharField(default="", max_length=500)),
                ("asked_by", models.CharField(max_length=150)),
            ],
            options={
                "db_table": "audit_verification",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("asked_by", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField()),
                ("query", models.CharField(max_length=2000)),
                ("format", models.CharField(max_length=8)),
                ("has_byte_order_mark", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("rows", models.BigIntegerField(default=0)),
                ("expected_rows", models.BigIntegerField(null=True)),
                ("alive_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("file", models.CharField(default="", max_length=120)),
                ("size", models.BigIntegerField(default=0)),
                ("problem", models.CharField(default="", max_length=200)),
            ],
            options={
                "db_table": "audit_export",
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("subject", models.CharField(max_length=256)),
                ("window_start", models.DateTimeField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("rows", models.IntegerField()),
                ("query", models.CharField(max_length=2000)),
                ("raised_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("valid", "Valid"), ("not valid", "Not Valid")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(default="", max_length=1000)),
                ("judged_by", models.CharField(default="", max_length=150)),
                ("judged_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_flag",
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("reviewer", models.CharField(max_length=150)),
                ("reviewed_at", models.DateTimeField()),
                ("query", models.CharField(max_length=2000)),
                ("since", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("last_event_id", models.BigIntegerField()),
                ("rows", models.BigIntegerField()),
                ("remarks", models.TextField(max_length=4000)),
            ],
            options={
                "db_table": "audit_review",
            },
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(max_length=2000)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_saved_search",
            },
        ),
        migrations.AddField(
            model_name="auditevent",
            name="address_packed",
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="key_id",
            field=models.CharField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="mac",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["event", "time", "id"], name="audit_event_event"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("outcome__gt", "")),
                fields=["outcome", "time", "id"],
                name="audit_event_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("error_code__gt", "")),
                fields=["error_code", "time", "id"],
                name="audit_event_error",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["client_id", "time", "id"], name="audit_event_client"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("actor", "visitor"), _negated=True),
                fields=["actor", "time", "id"],
                name="audit_event_actor",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["address_packed", "time", "id"], name="audit_event_packed"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("request_id__gt", "")), fields=["request_id"], name="audit_event_request"
            ),
        ),
        migrations.AddField(
            model_name="auditnamepart",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                to="audit.auditperson",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditrollup",
            constraint=models.UniqueConstraint(
                fields=("grain", "start", "event", "outcome", "error_code", "client_id"),
                name="audit_rollup_cell",
            ),
        ),
        migrations.AddIndex(
            model_name="auditseal",
            index=models.Index(fields=["time"], name="audit_seal_time"),
        ),
        migrations.AddIndex(
            model_name="auditverification",
            index=models.Index(fields=["started_at"], name="audit_verification_started"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["state", "asked_at"], name="audit_export_state"),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["state", "-last_at"], name="audit_flag_state"),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                fields=("kind", "subject", "window_start"), name="audit_flag_once"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["reviewed_at"], name="audit_review_at"),
        ),
        migrations.AddField(
            model_name="savedsearch",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="auditnamepart",
            index=models.Index(fields=["part", "person"], name="audit_name_part_part"),
        ),
        migrations.AddIndex(
            model_name="auditnamepart",
            index=models.Index(fields=["person"], name="audit_name_part_person"),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(fields=("owner", "name"), name="audit_saved_search_name"),
        ),
        migrations.RunPython(take_names_apart, migrations.RunPython.noop),
    ]
