"""The pipeline that every company starts with, for those which are there: its stages keep their codes."""

from django.db import migrations

STAGES = [
    ("qualification", 10, "new"),
    ("proposal", 40, "progress"),
    ("negotiation", 70, "progress"),
    ("won", 100, "good"),
    ("lost", 0, "bad"),
]
REASONS = ["price", "competitor", "no_budget", "postponed", "no_answer", "other"]


def set_up(apps, schema_editor):
    using = schema_editor.connection.alias
    Company = apps.get_model("people", "Company")
    Pipeline, Stage, LostReason = (
        apps.get_model("opportunities", name) for name in ("Pipeline", "Stage", "LostReason")
    )
    for company in Company.objects.using(using).order_by("id"):
        pipeline = Pipeline.objects.using(using).create(company=company, code="sales", position=1)
        Stage.objects.using(using).bulk_create(
            Stage(
                company=company,
                pipeline=None if code in ("won", "lost") else pipeline,
                code=code,
                probability=probability,
                tone=tone,
                position=position,
            )
            for position, (code, probability, tone) in enumerate(STAGES, start=1)
        )
        LostReason.objects.using(using).bulk_create(
            LostReason(company=company, code=code, position=position) for position, code in enumerate(REASONS, start=1)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('opportunities', '0002_pipelines_and_reasons_of_loss'),
    ]

    operations = [
        migrations.RunPython(set_up, migrations.RunPython.noop),
    ]
