"""How long a drill is and how hard it blows; all chance comes from one seed."""

from dataclasses import dataclass

# The code that shoppers have heard of.
COUPON = "DRILL15"


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` is the storm; `at_once` how many shoppers walk at a time; `heal_seconds` the most that healing may take.

    `kill_every` and `restart_every` are the pauses between kills of processes and restarts of the database.
    """

    shoppers: int
    seconds: float
    at_once: int
    heal_seconds: float
    kill_every: float
    restart_every: float
    seed: int

    @property
    def units(self) -> int:
        """What there is of one funnel's product: fewer than want it."""
        return max(5, self.shoppers // 4)

    @property
    def coupons(self) -> int:
        """How often each merchant's coupon may be used: less often than shoppers want."""
        return max(3, self.shoppers // 20)


def short(seed: int) -> Plan:
    return Plan(shoppers=120, seconds=15, at_once=12, heal_seconds=60, kill_every=5, restart_every=9, seed=seed)


def long(seed: int, *, shoppers: int = 3000, seconds: float = 300) -> Plan:
    return Plan(shoppers, seconds, at_once=24, heal_seconds=180, kill_every=8, restart_every=45, seed=seed)


# Shorter than in an installation, in the same order of size: calls < jobs < claims and orphans < look-up horizon.
ENVIRONMENT = {
    "GATEWAY_TIMEOUT_SECONDS": "2",
    "GATEWAY_CONNECT_TIMEOUT_SECONDS": "1",
    "QUEUE_TIMEOUT": "12",
    "QUEUE_RETRY": "20",
    "QUEUE_CLAIM_MARGIN": "2",
    "QUEUE_POLL": "0.2",
    "JOBS_PER_DESTINATION": "2",
    "LIMIT_DECLINED_CARD": "0",
    "LIMIT_DECLINED_EMAIL": "0",
    "LIMIT_DECLINED_MERCHANT": "0",
    "BREAKER_REST_SECONDS": "2",
    "ORPHANED_AFTER_SECONDS": "5",
    "RECONCILE_MARGIN_SECONDS": "1",
    "LOOKUP_HORIZON_SECONDS": "12",
    "RECEIPT_GRACE_MINUTES": "1",
    "DATABASE_POOL_TIMEOUT": "5",
}
