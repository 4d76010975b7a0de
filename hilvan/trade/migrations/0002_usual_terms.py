"""The payment terms of companies that were there before these were."""

from django.db import migrations


USUAL = {
    (0,): {"es": "Al contado", "en": "Immediate payment"},
    (30,): {"es": "30 días", "en": "30 days"},
    (60,): {"es": "60 días", "en": "60 days"},
    (30, 60): {"es": "30 y 60 días", "en": "30 and 60 days"},
}


def set_up(apps, schema_editor):
    database = schema_editor.connection.alias
    terms = apps.get_model("trade", "PaymentTerms").objects.using(database)
    for company in apps.get_model("people", "Company").objects.using(database).all():
        for days, names in USUAL.items():
            terms.create(company=company, name=names.get(company.language, names["en"]), days=list(days))


class Migration(migrations.Migration):
    dependencies = [("trade", "0001_first")]
    operations = [migrations.RunPython(set_up, migrations.RunPython.noop)]
