"""The statements that count. Each takes one merchant (`merchant`, `zone`) and whole days of it, `since` to before `until`."""

# Taken apart once: a compiled version is large.
_VERSIONS = """
versions AS MATERIALIZED (
    SELECT version.id AS version_id, version.funnel_id, compiled->>'entry' AS entry, compiled->>'currency' AS currency,
           compiled->'steps' AS steps
    FROM funnels_funnelversion version JOIN funnels_funnel funnel ON funnel.id = version.funnel_id
    WHERE funnel.merchant_id = %(merchant)s
)
"""

# A robot that only looks is nobody's visit; whoever buys is a visitor, whatever their browser calls itself.
_WALKS = """
walks AS (
    SELECT (run.created_at AT TIME ZONE %(zone)s)::date AS day, versions.version_id, versions.funnel_id, entry, currency,
           run.id, run.step, run.path, run.source, run.device, run.visitor
    FROM checkout_run run JOIN versions USING (version_id)
    WHERE run.created_at >= %(since)s AND run.created_at < %(until)s
      AND NOT (run.device = 'bot' AND run.order_id IS NULL AND run.path = '[]')
),
moves AS (
    SELECT walks.*, move->>'step' AS at, move->>'to' AS target, move->>'move' AS kind
    FROM walks CROSS JOIN LATERAL jsonb_array_elements(walks.path) AS move
)
"""

_TAKEN = """
taken AS (
    SELECT (payment.finished_at AT TIME ZONE %(zone)s)::date AS day, bought.version_id, versions.funnel_id, payment.currency,
           payment.step, payment.kind, payment.captured, payment.refunded, bought.discount,
           coalesce(run.source, '') AS source, coalesce(run.device, '') AS device
    FROM orders_payment payment
    JOIN orders_order bought ON bought.id = payment.order_id
    JOIN versions ON versions.version_id = bought.version_id
    LEFT JOIN checkout_run run ON run.order_id = bought.id
    WHERE bought.merchant_id = %(merchant)s AND payment.state = 'approved'
      AND payment.finished_at >= %(since)s AND payment.finished_at < %(until)s
)
"""

_RETURNED = """
given_back AS (
    SELECT (coalesce(refund.finished_at, refund.created_at) AT TIME ZONE %(zone)s)::date AS day, bought.version_id,
           versions.funnel_id, refund.currency, payment.step, refund.amount,
           coalesce(run.source, '') AS source, coalesce(run.device, '') AS device
    FROM orders_refund refund
    JOIN orders_payment payment ON payment.id = refund.payment_id
    JOIN orders_order bought ON bought.id = payment.order_id
    JOIN versions ON versions.version_id = bought.version_id
    LEFT JOIN checkout_run run ON run.order_id = bought.id
    WHERE bought.merchant_id = %(merchant)s AND payment.state = 'approved' AND refund.state IN ('pending', 'succeeded')
      AND coalesce(refund.finished_at, refund.created_at) >= %(since)s
      AND coalesce(refund.finished_at, refund.created_at) < %(until)s
)
"""

_KEYS = "day, version_id, funnel_id, currency, source, device"

# Anybody can put any source into an address: a day keeps the fifty that matter most.
STEPS = f"""
WITH {_VERSIONS}, {_WALKS}, {_TAKEN}, {_RETURNED},
pieces AS (
    SELECT {_KEYS}, entry AS step, count(*) AS visits,
           count(DISTINCT coalesce(nullif(visitor, ''), id::text)) AS unique_visitors,
           0 AS accepted, 0 AS declined, 0 AS skipped, 0 AS payment_declined,
           0 AS orders, 0 AS revenue, 0 AS discount, 0 AS refunds, 0 AS refunded, 0 AS returned
    FROM walks GROUP BY {_KEYS}, entry
    UNION ALL
    SELECT {_KEYS}, target, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM moves GROUP BY {_KEYS}, target
    UNION ALL
    SELECT {_KEYS}, at, 0, 0,
           count(*) FILTER (WHERE kind IN ('paid', 'accepted')), count(*) FILTER (WHERE kind = 'declined'),
           count(*) FILTER (WHERE kind = 'skipped'), count(*) FILTER (WHERE kind = 'payment_declined'),
           0, 0, 0, 0, 0, 0
    FROM moves GROUP BY {_KEYS}, at
    UNION ALL
    SELECT {_KEYS}, step, 0, 0, 0, 0, 0, 0,
           count(*) FILTER (WHERE kind = 'checkout'), sum(captured),
           coalesce(sum(discount) FILTER (WHERE kind = 'checkout'), 0), 0, 0, sum(refunded)
    FROM taken GROUP BY {_KEYS}, step
    UNION ALL
    SELECT {_KEYS}, step, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*), sum(amount), 0 FROM given_back GROUP BY {_KEYS}, step
),
ranked AS (
    SELECT day, source,
           row_number() OVER (PARTITION BY day ORDER BY sum(orders) DESC, sum(visits) DESC, source) AS place
    FROM pieces GROUP BY day, source
)
INSERT INTO checkout_stepfact
    (day, merchant_id, version_id, funnel_id, currency, source, device, step, is_entry, is_offer, visits, unique_visitors, accepted,
     declined, skipped, payment_declined, orders, revenue, discount, refunds, refunded, returned)
SELECT day, %(merchant)s, version_id, pieces.funnel_id, pieces.currency,
       CASE WHEN place <= %(sources)s THEN source ELSE '(other)' END AS shown_source, device, step, step = entry,
       bool_or(coalesce(steps->step->>'kind' IN ('upsell', 'downsell'), false)),
       sum(visits), sum(unique_visitors), sum(accepted), sum(declined), sum(skipped), sum(payment_declined),
       sum(orders), sum(revenue), sum(discount), sum(refunds), sum(refunded), sum(returned)
FROM pieces JOIN ranked USING (day, source) JOIN versions USING (version_id)
GROUP BY day, version_id, pieces.funnel_id, pieces.currency, shown_source, device, step, entry
"""  # noqa: S608 - put together from the constants above

# A browser tells its card's brand as a label; what is none that we know counts as a card.
PAYMENTS = """
WITH tried AS (
    SELECT (payment.finished_at AT TIME ZONE %(zone)s)::date AS day, bought.version_id, version.funnel_id, payment.currency,
           coalesce(run.device, '') AS device, account.provider, payment.state = 'approved' AS approved,
           CASE WHEN payment.state = 'approved' THEN '' ELSE payment.decline_reason END AS reason,
           CASE WHEN account.provider = 'paypal' THEN 'paypal'
                WHEN lower(payment.method) = ANY(%(brands)s) THEN lower(payment.method) ELSE 'card' END AS method
    FROM orders_payment payment
    JOIN orders_order bought ON bought.id = payment.order_id
    JOIN funnels_funnelversion version ON version.id = bought.version_id
    JOIN integrations_connection account ON account.id = payment.connection_id
    LEFT JOIN checkout_run run ON run.order_id = bought.id
    WHERE bought.merchant_id = %(merchant)s AND payment.state IN ('approved', 'failed')
      AND payment.finished_at >= %(since)s AND payment.finished_at < %(until)s
)
INSERT INTO checkout_paymentfact
    (day, merchant_id, version_id, funnel_id, currency, device, provider, method, approved, reason, tried)
SELECT day, %(merchant)s, version_id, funnel_id, currency, device, provider, method, approved, reason, count(*)
FROM tried GROUP BY day, version_id, funnel_id, currency, device, provider, method, approved, reason
"""

# Which days of which merchant have changed: runs count on the day they began, a refund on its own day and on its sale's.
CHANGED = """
WITH changed AS (
    SELECT funnel.merchant_id, run.created_at AS at
    FROM checkout_run run
    JOIN funnels_funnelversion version ON version.id = run.version_id
    JOIN funnels_funnel funnel ON funnel.id = version.funnel_id
    WHERE run.moved_at >= %(since)s
    UNION ALL
    SELECT bought.merchant_id, payment.finished_at
    FROM orders_payment payment JOIN orders_order bought ON bought.id = payment.order_id
    WHERE payment.finished_at >= %(since)s
    UNION ALL
    SELECT bought.merchant_id, happened.at
    FROM orders_refund refund
    JOIN orders_payment payment ON payment.id = refund.payment_id
    JOIN orders_order bought ON bought.id = payment.order_id
    CROSS JOIN LATERAL (VALUES (refund.created_at), (refund.finished_at), (payment.finished_at)) AS happened(at)
    WHERE coalesce(refund.finished_at, refund.created_at) >= %(since)s AND happened.at IS NOT NULL
)
SELECT changed.merchant_id, (changed.at AT TIME ZONE merchant.time_zone)::date AS day
FROM changed JOIN funnels_merchant merchant ON merchant.id = changed.merchant_id
GROUP BY 1, 2 ORDER BY 1, 2
"""
