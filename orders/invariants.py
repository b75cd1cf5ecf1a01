"""What must be true of the database at every moment, each as one query that lists whatever breaks it.

Every query reads one snapshot and returns (order number, what is wrong). `o` is the orders that are looked at, `v` what
their funnels owe. `docs/invariants.md` says the same in words, with what guards each.
"""

from dataclasses import dataclass

SCOPE = """
WITH o AS (
    SELECT * FROM orders_order
    WHERE created_at >= COALESCE(%(since)s::timestamptz, '-infinity')
      AND (%(merchant)s::bigint IS NULL OR merchant_id = %(merchant)s)
), v AS MATERIALIZED (
    SELECT id, compiled->>'mailer' IS NOT NULL AS mails, compiled->>'crm' IS NOT NULL AS crms FROM funnels_funnelversion
)
"""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`says` is the rule in a sentence; `broken` selects what breaks it."""

    name: str
    says: str
    broken: str


INVARIANTS = (
    Invariant(
        "step.paid_once",
        "A step of an order has at most one live payment.",
        """
        SELECT o.number, format('%%s payments are live for the step %%s', count(*), p.step)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE p.state NOT IN ('failed', 'surplus') GROUP BY o.number, p.step HAVING count(*) > 1
        """,
    ),
    Invariant(
        "payment.captured_shows",
        "Money that was captured stands on a payment that says so, under the gateway's reference.",
        """
        SELECT o.number, format('payment %%s is %%s, captured %%s, reference "%%s"', p.key, p.state, p.captured, p.reference)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE (p.captured > 0 AND p.state NOT IN ('approved', 'surplus'))
           OR (p.state IN ('approved', 'surplus') AND p.connection_id IS NOT NULL AND p.reference = '')
        """,
    ),
    Invariant(
        "payment.surplus_goes_back",
        "Money captured twice is refunded, or a job or a refund on its way owes it.",
        """
        SELECT o.number, format('payment %%s holds %%s too much', p.key, p.captured - p.refunded)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE p.state = 'surplus' AND p.refunded < p.captured
          AND NOT EXISTS (SELECT FROM orders_refund r WHERE r.payment_id = p.id AND r.state = 'sent')
          AND NOT EXISTS (
              SELECT FROM integrations_job j
              WHERE j.kind = 'payment.refund_surplus' AND j.key = p.key AND j.state NOT IN ('done', 'dropped'))
        """,
    ),
    Invariant(
        "payment.refunds_add_up",
        "What a payment has given back is the sum of its refunds, and never more than was captured.",
        """
        SELECT o.number, format('payment %%s: %%s refunded of %%s, its refunds are %%s',
                                p.key, p.refunded, p.captured, COALESCE(r.total, 0))
        FROM o JOIN orders_payment p ON p.order_id = o.id
        LEFT JOIN (
            SELECT payment_id, sum(amount) AS total FROM orders_refund
            WHERE state IN ('pending', 'succeeded') GROUP BY payment_id
        ) r ON r.payment_id = p.id
        WHERE p.refunded <> COALESCE(r.total, 0) OR p.refunded > p.captured
        """,
    ),
    Invariant(
        "order.payments_add_up",
        "An order's captured and refunded money and its total are the sums of its approved payments.",
        """
        SELECT o.number, format('captured %%s, refunded %%s, total %%s; its payments %%s, %%s, %%s',
                                o.captured, o.refunded, o.total, p.captured, p.refunded, p.amount)
        FROM o LEFT JOIN (
            SELECT order_id, sum(captured) AS captured, sum(refunded) AS refunded, sum(amount) AS amount
            FROM orders_payment WHERE state = 'approved' GROUP BY order_id
        ) p ON p.order_id = o.id
        WHERE o.captured <> COALESCE(p.captured, 0) OR o.refunded <> COALESCE(p.refunded, 0)
           OR (p.order_id IS NOT NULL AND o.total <> p.amount)
        """,
    ),
    Invariant(
        "order.lines_add_up",
        "An order's subtotal and discount are the sums of its lines, and every line of a paid order was bought by an"
        " approved payment.",
        """
        SELECT o.number, format('subtotal %%s, lines %%s; discount %%s, lines %%s; %%s of them unpaid', o.subtotal,
                                COALESCE(l.total, 0), o.discount, COALESCE(l.discount, 0), l.unpaid)
        FROM o LEFT JOIN (
            SELECT l.order_id, sum(l.subtotal) AS total, sum(l.discount) AS discount, count(*) FILTER (WHERE p.state IS DISTINCT FROM 'approved') AS unpaid
            FROM orders_orderline l LEFT JOIN orders_payment p ON p.id = l.payment_id GROUP BY l.order_id
        ) l ON l.order_id = o.id
        WHERE o.subtotal <> COALESCE(l.total, 0) OR o.discount <> COALESCE(l.discount, 0)
           OR (o.state IN ('completed', 'partially_refunded', 'refunded') AND l.unpaid <> 0)
        """,
    ),
    Invariant(
        "order.state_follows_money",
        "An order is completed, partly refunded or refunded exactly when its checkout is paid, and as its money says.",
        """
        SELECT o.number, format('%%s, with %%s refunded of %%s, its checkout %%s', o.state, o.refunded, o.captured,
                                CASE WHEN p.order_id IS NULL THEN 'not paid' ELSE 'paid' END)
        FROM o LEFT JOIN (
            SELECT DISTINCT order_id FROM orders_payment WHERE state = 'approved' AND kind = 'checkout'
        ) p ON p.order_id = o.id
        WHERE (o.state IN ('completed', 'partially_refunded', 'refunded')) <> (p.order_id IS NOT NULL)
           OR (p.order_id IS NOT NULL AND o.state <> CASE
                   WHEN o.refunded = 0 THEN 'completed'
                   WHEN o.refunded = o.captured THEN 'refunded'
                   ELSE 'partially_refunded' END)
        """,
    ),
    Invariant(
        "order.tells_mailbox_and_crm",
        "A paid order owes or has sent one receipt, and one CRM order, where its funnel has a mailer and a CRM.",
        """
        SELECT o.number, concat_ws(' and ', CASE WHEN v.mails AND j.mails = 0 THEN 'no receipt' END,
                                   CASE WHEN v.crms AND j.crms = 0 THEN 'no CRM order' END)
        FROM o JOIN v ON v.id = o.version_id
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE kind = 'mail.receipt') AS mails, count(*) FILTER (WHERE kind = 'crm.order') AS crms
            FROM integrations_job WHERE kind IN ('mail.receipt', 'crm.order') AND key = 'order:' || o.id
        ) j
        WHERE o.state IN ('completed', 'partially_refunded', 'refunded')
          AND ((v.mails AND j.mails = 0) OR (v.crms AND j.crms = 0))
        """,
    ),
    Invariant(
        "offer.tells_crm",
        "Each paid offer is told to the CRM where the funnel has one.",
        """
        SELECT o.number, format('the CRM is not told of payment %%s', p.key)
        FROM o JOIN v ON v.id = o.version_id AND v.crms JOIN orders_payment p ON p.order_id = o.id
        WHERE p.state = 'approved' AND p.kind = 'offer'
          AND NOT EXISTS (SELECT FROM integrations_job j WHERE j.kind = 'crm.upsale' AND j.key = p.key)
        """,
    ),
    Invariant(
        "refund.tells_mailbox_and_crm",
        "Each refund that succeeded is told to the shopper and to the CRM where the funnel has them.",
        """
        SELECT o.number, format('nobody is told of refund %%s', r.key)
        FROM o JOIN v ON v.id = o.version_id JOIN orders_payment p ON p.order_id = o.id
        JOIN orders_refund r ON r.payment_id = p.id
        WHERE r.state = 'succeeded' AND p.state = 'approved'
          AND ((v.mails AND NOT EXISTS (SELECT FROM integrations_job j WHERE j.kind = 'mail.refund' AND j.key = r.key))
            OR (v.crms AND NOT EXISTS (SELECT FROM integrations_job j WHERE j.kind = 'crm.refund' AND j.key = r.key)))
        """,
    ),
    Invariant(
        "stock.follows_payment",
        "What a payment reserved is sold if it is approved, held at most while it is under way, and free if it failed.",
        """
        SELECT o.number, format('payment %%s is %%s, its %%s units of product %%s are %%s',
                                p.key, p.state, r.quantity, r.stock_id, r.state)
        FROM o JOIN orders_payment p ON p.order_id = o.id JOIN orders_reservation r ON r.payment_id = p.id
        WHERE r.state <> ALL (CASE
            WHEN p.state = 'approved' THEN ARRAY['sold', 'returned']
            WHEN p.state IN ('failed', 'surplus') THEN ARRAY['released']
            ELSE ARRAY['held', 'released'] END)
        """,
    ),
    Invariant(
        "stock.adds_up",
        "Each product's held and sold units are the sums of its reservations, and together never more than its total.",
        """
        SELECT '–', format('product %%s: %%s held, %%s sold of %%s; its reservations %%s, %%s', product.sku,
                           s.held, s.sold, s.total, COALESCE(r.held, 0), COALESCE(r.sold, 0))
        FROM orders_stock s JOIN funnels_product product ON product.id = s.product_id
        LEFT JOIN (
            SELECT stock_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
                   sum(quantity - returned) FILTER (WHERE state = 'sold') AS sold
            FROM orders_reservation GROUP BY stock_id
        ) r ON r.stock_id = s.product_id
        WHERE (%(merchant)s::bigint IS NULL OR product.merchant_id = %(merchant)s)
          AND (s.held <> COALESCE(r.held, 0) OR s.sold <> COALESCE(r.sold, 0) OR s.held + s.sold > s.total)
        """,
    ),
    Invariant(
        "coupon.follows_payment",
        "A payment's coupon is used if it is approved, held while it is under way, free if it bought nothing; and what the"
        " payment got cheaper by is what its coupon took off.",
        """
        SELECT o.number, format('payment %%s is %%s, its coupon %%s and %%s off', p.key, p.state, r.state, r.discount)
        FROM o JOIN orders_payment p ON p.order_id = o.id JOIN orders_redemption r ON r.payment_id = p.id
        WHERE r.discount <> (p.quote_data->>'discount')::bigint OR r.state <> ALL (CASE
            WHEN p.state = 'approved' THEN ARRAY['used', 'honoured']
            WHEN p.state IN ('failed', 'surplus') THEN ARRAY['released']
            ELSE ARRAY['held'] END)
        UNION ALL
        SELECT o.number, format('payment %%s is cheaper by %%s for no coupon', p.key, p.quote_data->>'discount')
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE (p.quote_data->>'discount')::bigint > COALESCE((p.quote_data->>'credit')::bigint, 0)
          AND NOT EXISTS (SELECT FROM orders_redemption r WHERE r.payment_id = p.id)
        """,
    ),
    Invariant(
        "upgrade.replaces_its_line",
        "An approved upgrade has replaced the line that it gave credit for until all of its money has gone back; the line"
        " stands again then, unless it is sold out; and nothing else replaces a line.",
        """
        SELECT o.number, format('payment %%s should have replaced line %%s', p.key, p.quote_data->>'replaces')
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE p.state = 'approved' AND p.quote_data->>'replaces' IS NOT NULL AND NOT EXISTS (
            SELECT FROM orders_orderline l JOIN orders_orderline new ON new.id = l.replaced_by_id
            WHERE l.id = (p.quote_data->>'replaces')::bigint AND l.order_id = o.id AND new.payment_id = p.id)
          AND (p.captured = 0 OR p.refunded < p.captured)
        UNION ALL
        SELECT o.number, format('line %%s was replaced by line %%s for no credit', l.id, l.replaced_by_id)
        FROM o JOIN orders_orderline l ON l.order_id = o.id
        JOIN orders_orderline new ON new.id = l.replaced_by_id JOIN orders_payment p ON p.id = new.payment_id
        WHERE p.state <> 'approved' OR (p.quote_data->>'replaces')::bigint IS DISTINCT FROM l.id
        UNION ALL
        SELECT o.number, format('payment %%s was given back, and line %%s does not stand again', p.key, l.id)
        FROM o JOIN orders_orderline l ON l.order_id = o.id JOIN orders_payment paid ON paid.id = l.payment_id
        JOIN orders_orderline new ON new.id = l.replaced_by_id JOIN orders_payment p ON p.id = new.payment_id
        WHERE o.cancelled_at IS NULL AND p.captured > 0 AND p.refunded = p.captured AND l.refunded < l.quantity
          AND (paid.captured = 0 OR paid.refunded < paid.captured)
          AND NOT EXISTS (SELECT FROM orders_event e WHERE e.order_id = o.id AND e.kind = 'order.line_sold_out')
        """,
    ),
    Invariant(
        "tickets.follow_units",
        "An approved payment has a ticket for each unit of a ticket that it bought, and a line admits no more people than it"
        " has units that are paid.",
        """
        SELECT o.number, format('payment %%s bought %%s tickets and has %%s', p.key, bought.units, issued.count)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT sum((line->>'quantity')::int) AS units FROM jsonb_array_elements(p.quote_data->'lines') line
            WHERE (line->>'is_ticket')::boolean
        ) bought
        CROSS JOIN LATERAL (
            SELECT count(*) FROM orders_ticket t JOIN orders_orderline l ON l.id = t.line_id WHERE l.payment_id = p.id
        ) issued
        WHERE p.state = 'approved' AND p.quote_data @> '{"lines": [{"is_ticket": true}]}' AND issued.count <> bought.units
        UNION ALL
        SELECT o.number, format('%%s of line %%s admit people, %%s of its %%s units were given back',
                                count(*), l.id, l.refunded, l.quantity)
        FROM o JOIN orders_orderline l ON l.order_id = o.id JOIN orders_payment p ON p.id = l.payment_id
        JOIN orders_ticket t ON t.line_id = l.id AND t.voided_at IS NULL
        GROUP BY o.number, l.id, p.id
        HAVING p.state <> 'approved' OR l.replaced_by_id IS NOT NULL OR count(*) > CASE
            WHEN p.captured > 0 AND p.refunded = p.captured THEN 0 ELSE l.quantity - l.refunded END
        """,
    ),
    Invariant(
        "refund.units_add_up",
        "A line's units that went back are those of its refunds that did not fail.",
        """
        SELECT o.number, format('line %%s: %%s units went back, its refunds have %%s', l.id, l.refunded, COALESCE(r.units, 0))
        FROM o JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN (
            SELECT line.line_id, sum(line.quantity) AS units FROM orders_refundline line
            JOIN orders_refund refund ON refund.id = line.refund_id WHERE refund.state <> 'failed' GROUP BY line.line_id
        ) r ON r.line_id = l.id
        WHERE l.refunded <> COALESCE(r.units, 0)
        """,
    ),
    Invariant(
        "coupon.adds_up",
        "Each coupon's count is the number of uses that are held or done, and never more than its limit.",
        """
        SELECT '–', format('coupon %%s: %%s used of %%s; its redemptions %%s', c.code, c.used, c.limit, count(r.id))
        FROM funnels_coupon c
        LEFT JOIN orders_redemption r ON r.coupon_id = c.id AND r.state IN ('held', 'used')
        WHERE (%(merchant)s::bigint IS NULL OR c.merchant_id = %(merchant)s)
        GROUP BY c.id HAVING c.used <> count(r.id) OR c.used > c.limit
        """,
    ),
    Invariant(
        "outcome.known_in_time",
        "No payment and no refund stays uncertain longer than UNCERTAIN_ALERT_MINUTES.",
        """
        SELECT o.number, format('payment %%s is %%s since %%s', p.key, p.state, p.sent_at)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        WHERE p.state IN ('queued', 'sent') AND p.sent_at < %(uncertain_since)s
        UNION ALL
        SELECT o.number, format('refund %%s is sent since %%s', r.key, r.created_at)
        FROM orders_refund r JOIN orders_payment p ON p.id = r.payment_id JOIN o ON o.id = p.order_id
        WHERE r.state = 'sent' AND r.created_at < %(uncertain_since)s
        """,
    ),
    Invariant(
        "event.of_each_change",
        "The timeline tells once of each payment's sending (or waiting) and end, and of each order's completion.",
        """
        SELECT o.number, format('%%s events %%s for %%s', e.count, wanted.kind, p.key)
        FROM o JOIN orders_payment p ON p.order_id = o.id
        CROSS JOIN LATERAL (
            SELECT EXISTS (
                SELECT FROM orders_event e
                WHERE e.order_id = o.id AND e.kind = 'payment.queued' AND e.data->>'payment' = p.key
            ) AS waited
        ) begun
        CROSS JOIN LATERAL (VALUES
            ('payment.sent', NOT begun.waited),
            (CASE WHEN p.state = 'surplus' AND p.decline_reason = 'sold_out' THEN 'payment.sold_out'
                  ELSE 'payment.' || p.state END, p.finished_at IS NOT NULL))
            AS wanted (kind, holds)
        CROSS JOIN LATERAL (
            SELECT count(*) FROM orders_event e
            WHERE e.order_id = o.id AND e.kind = wanted.kind AND e.data->>'payment' = p.key
        ) e
        WHERE (wanted.holds AND e.count <> 1) OR (wanted.kind = 'payment.sent' AND e.count > 1)
        UNION ALL
        SELECT o.number, format('%%s events order.completed', e.count)
        FROM o CROSS JOIN LATERAL (
            SELECT count(*) FROM orders_event e WHERE e.order_id = o.id AND e.kind = 'order.completed'
        ) e
        WHERE e.count <> (o.completed_at IS NOT NULL)::int
        """,
    ),
    Invariant(
        "event.of_each_refund",
        "The timeline tells of the end of each refund.",
        """
        SELECT o.number, format('no event refund.%%s for %%s', r.state, r.key)
        FROM o JOIN orders_payment p ON p.order_id = o.id JOIN orders_refund r ON r.payment_id = p.id
        WHERE r.state <> 'sent' AND NOT EXISTS (
            SELECT FROM orders_event e
            WHERE e.order_id = o.id AND e.kind = 'refund.' || r.state AND e.data->>'refund' = r.key)
        """,
    ),
)
