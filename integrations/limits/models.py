"""LimitCount: how often one subject of one limit was counted in its window."""

from django.db import models


class LimitCount(models.Model):
    """`key` names the limit and holds a keyed hash of the subject: no address and no email is kept here.

    The table is UNLOGGED: a count costs no write-ahead log and is forgotten if the database server crashes. Only the
    columns outside any index change, so that an update stays within its page.
    """

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        app_label = "integrations"

    def __str__(self) -> str:
        return self.key
