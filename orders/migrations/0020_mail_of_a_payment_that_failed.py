from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0019_words_for_staff"),
    ]

    operations = [
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("receipt", "Receipt"),
                    ("refund", "Refund"),
                    ("sold_out", "Sold out"),
                    ("withdrawal", "Withdrawal"),
                    ("payment_failed", "Payment failed"),
                ],
                max_length=20,
            ),
        ),
    ]
