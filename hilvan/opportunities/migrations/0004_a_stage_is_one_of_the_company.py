from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('opportunities', '0003_first_pipeline_of_each_company'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE opportunities_opportunity ADD CONSTRAINT opportunity_stage_of_its_company'
            ' FOREIGN KEY (company_id, stage) REFERENCES opportunities_stage (company_id, code)',
            'ALTER TABLE opportunities_opportunity DROP CONSTRAINT opportunity_stage_of_its_company',
        ),
    ]
