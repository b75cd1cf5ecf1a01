from django.db import migrations, models

import funnels.speaking


class Migration(migrations.Migration):
    dependencies = [
        ("funnels", "0018_languages_and_translations"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticketevent",
            name="translations",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                validators=[funnels.speaking.KnownTexts(("terms",))],
            ),
        ),
    ]
