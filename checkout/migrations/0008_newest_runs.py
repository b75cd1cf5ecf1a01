from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The newest runs of every funnel are read by an index; writers are not stopped while it is built."""

    atomic = False
    dependencies = [("checkout", "0007_words_for_staff")]

    operations = [
        AddIndexConcurrently(model_name="run", index=models.Index(fields=["-created_at"], name="run_recent")),
    ]
