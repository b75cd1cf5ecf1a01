"""The `Stripe-Signature` header: `t=<unix time>,v1=<HMAC-SHA256 of "t.body" under the endpoint's secret>`."""

import hashlib
import hmac
import time


def sign(secret: str, body: bytes) -> dict[str, str]:
    timestamp = int(time.time())
    digest = hmac.new(secret.encode(), b"%d.%b" % (timestamp, body), hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={timestamp},v1={digest}"}
