"""What of this layer stands on the audit trail: nothing, for a run moves no money."""

from checkout.models import CountingMark, PaymentFact, Run, StepFact
from integrations.trail.watching import leave

leave(Run, because="it is a walk through the pages; what it pays stands on its order")
leave(CountingMark, PaymentFact, StepFact, because="they are counted from the truth, and can be counted again")
