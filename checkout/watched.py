"""What of this layer stands on the audit trail: nothing, for a run moves no money."""

from checkout.models import Run
from integrations.trail.watching import leave

leave(Run, because="it is a walk through the pages; what it pays stands on its order")
