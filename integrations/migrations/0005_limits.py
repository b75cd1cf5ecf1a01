from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0004_wallets")]

    operations = [
        migrations.CreateModel(
            name="LimitCount",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("ends_at", models.DateTimeField()),
            ],
        ),
        # Nothing in it needs to survive a crash; half of each page is left free, so that a count stays in its page.
        migrations.RunSQL(
            "ALTER TABLE integrations_limitcount SET UNLOGGED, SET (fillfactor = 50)",
            "ALTER TABLE integrations_limitcount SET LOGGED, RESET (fillfactor)",
        ),
    ]
