from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hilvan_fleet', '0001_first'),
    ]

    operations = [
        migrations.AddField(
            model_name='vehicle',
            name='fuel',
            field=models.CharField(blank=True, choices=[('petrol', 'Petrol'), ('diesel', 'Diesel'), ('electric', 'Electric'), ('other', 'Other fuel')], default='', max_length=10, verbose_name='fuel'),
        ),
    ]
