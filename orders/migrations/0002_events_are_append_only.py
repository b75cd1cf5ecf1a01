from django.db import migrations


class Migration(migrations.Migration):
    """The database itself refuses to change what has happened."""

    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION orders_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'orders_event is append-only' USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER orders_event_append_only BEFORE UPDATE OR DELETE ON orders_event
                FOR EACH ROW EXECUTE FUNCTION orders_event_is_append_only();
            """,
            reverse_sql="""
            DROP TRIGGER orders_event_append_only ON orders_event;
            DROP FUNCTION orders_event_is_append_only();
            """,
        )
    ]
