from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_consents_and_withdrawals"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("export_customer", "Can export a customer's data"),
                    ("erase_customer", "Can erase a customer's data"),
                ]
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="erased_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(
            sql="""
            CREATE OR REPLACE FUNCTION orders_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                -- Emptying what people wrote in their own words is the one change that is allowed: erasure needs it.
                IF TG_OP = 'UPDATE' AND OLD.kind IN ('note', 'order.cancelled', 'withdrawal.received')
                    AND NEW.data = '{}'::jsonb
                    AND (NEW.id, NEW.order_id, NEW.at, NEW.kind, NEW.actor)
                        = (OLD.id, OLD.order_id, OLD.at, OLD.kind, OLD.actor) THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION 'orders_event is append-only' USING ERRCODE = 'restrict_violation';
            END $$;
            """,
            reverse_sql="""
            CREATE OR REPLACE FUNCTION orders_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'orders_event is append-only' USING ERRCODE = 'restrict_violation';
            END $$;
            """,
        ),
    ]
