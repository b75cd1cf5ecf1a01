from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An order's page finds the jobs that were done for it; writers are not stopped while the index is built."""

    atomic = False
    dependencies = [("integrations", "0008_words_for_staff")]

    operations = [
        AddIndexConcurrently(model_name="job", index=models.Index(fields=["lane"], name="job_lane")),
    ]
