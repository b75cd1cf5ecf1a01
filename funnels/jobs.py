"""The layer's own jobs, registered on import."""

from django.utils.translation import gettext_lazy as _

from funnels.access import inviting
from funnels.models import Membership
from integrations.outbox.models import Job
from integrations.outbox.registry import JobFailed, handles


@handles(inviting.KIND, title=_("Invitation of a colleague by e-mail"))
def send_invitation(job: Job) -> None:
    member = Membership.objects.select_related("merchant", "user").filter(pk=job.payload["member"]).first()
    if member is None:
        return
    account = inviting.mailer(member.merchant)
    if account is None:
        raise JobFailed("The merchant has no active account that sends mail.")
    inviting.deliver(member, account, job.key)
