from django.db import migrations


def write_name_starts(apps, schema_editor):
    """The first letters of names that were written before those were kept."""
    Person = apps.get_model("audit", "AuditPerson")
    Part = apps.get_model("audit", "AuditNamePart")
    for person in Person.objects.exclude(account="").iterator():
        starts = sorted({"\x02" + person.account[:length] for length in (1, 2)})
        Part.objects.bulk_create(Part(part=start, person=person) for start in starts if len(start) > 1)


def remove_name_starts(apps, schema_editor):
    apps.get_model("audit", "AuditNamePart").objects.filter(part__startswith="\x02").delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_proof_and_desk")]

    operations = [migrations.RunPython(write_name_starts, remove_name_starts)]
