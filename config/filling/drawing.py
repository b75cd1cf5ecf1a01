"""Drawing lots: who bought what, when, and how it went, in a temporary table that the rows are then written from."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from config.filling.catalogue import Sold

FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "John",
    "Margaret",
    "Ken",
    "Radia",
    "Tim",
    "Frances",
    "Linus",
    "Hedy",
    "Katherine",
    "Joan",
]
LAST = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Backus",
    "Hamilton",
    "Thompson",
    "Perlman",
    "Lee",
    "Allen",
    "Lamarr",
    "Clarke",
]
DOMAINS = ["mail.example", "post.example", "inbox.example", "letters.example", "example.com", "example.org"]
REASONS = ["insufficient_funds", "generic", "expired_card", "incorrect_cvc", "authentication_failed"]
CITIES = ["Springfield", "Portland", "Austin", "Berlin", "Madrid"]
REGIONS = ["IL", "OR", "TX", "BE", "MD"]
POSTCODES = ["62701", "97201", "73301", "10115", "28001"]
COUNTRIES = ["US", "US", "US", "DE", "ES"]
SOURCES = ["", "newsletter", "instagram", "google", "podcast"]
DEVICES = ["phone", "phone", "phone", "desktop", "tablet"]

VERSIONS = """
CREATE TEMP TABLE fill_version (
    i int PRIMARY KEY, version bigint, merchant bigint, connection bigint, currency text, step text, thanks text,
    product bigint, price bigint, name text, amount bigint, ships bool, image text, crm text,
    offer_step text, offer_product bigint, offer_price bigint, offer_name text, offer_amount bigint
)
"""

# Two years with growth. Eight in ten are paid; of those one in fourteen is given back, in part or in full.
DRAWN = """
CREATE TEMP TABLE fill AS
SELECT *,
    quantity * amount AS paid,
    state IN ('completed', 'partially_refunded', 'refunded') AS is_paid,
    takes AND offer_product IS NOT NULL AND state IN ('completed', 'partially_refunded') AS has_offer,
    lower(first || '.' || last) || who || '@' || domain AS email
FROM (
    SELECT n, who, 1 + n %% %(versions)s AS i,
        now() - interval '730 days' * (1 - sqrt((n - random()) / %(count)s)) AS at,
        1 + floor(random() * random() * 3)::int AS quantity,
        random() < 0.31 AS takes,
        CASE WHEN r < 0.80 THEN 'completed' WHEN r < 0.83 THEN 'refunded' WHEN r < 0.86 THEN 'partially_refunded'
             WHEN r < 0.95 THEN 'failed' WHEN r < 0.995 THEN 'pending' ELSE 'processing' END AS state,
        (%(first)s::text[])[1 + who * 7 %% %(firsts)s] AS first,
        (%(last)s::text[])[1 + who * 11 %% %(lasts)s] AS last,
        (%(domain)s::text[])[1 + who * 13 %% %(domains)s] AS domain,
        (%(reason)s::text[])[1 + n %% 5] AS reason,
        (%(city)s::text[])[1 + n %% 5] AS city, (%(region)s::text[])[1 + n %% 5] AS region,
        (%(postcode)s::text[])[1 + n %% 5] AS postcode, (%(country)s::text[])[1 + n %% 5] AS country,
        (%(source)s::text[])[1 + n * 3 %% 5] AS source, (%(device)s::text[])[1 + n * 7 %% 5] AS device
    FROM (SELECT n::bigint, n %% %(people)s AS who, random() AS r FROM generate_series(1, %(count)s) n) lots
) drawn
JOIN fill_version USING (i)
"""

# Numbers without repetition: multiplying by a number that shares no factor with 31^8 only changes their order.
NUMBER = """
CREATE OR REPLACE FUNCTION pg_temp.order_number(id bigint) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    rest bigint := (id * 7654321) % 852891037441;
    code text := '';
BEGIN
    FOR digit IN 1..8 LOOP
        code := substr('ABCDEFGHJKMNPQRSTUVWXYZ23456789', 1 + (rest % 31)::int, 1) || code;
        rest := rest / 31;
    END LOOP;
    RETURN substr(code, 1, 4) || '-' || substr(code, 5);
END $$
"""


def draw(cursor: CursorWrapper, sold: Sequence[Sold], count: int) -> None:
    cursor.execute(VERSIONS)
    for number, entry in enumerate(sold, start=1):
        row = _row(entry)
        cursor.execute(f"INSERT INTO fill_version VALUES (%s{', %s' * len(row)})", [number, *row])  # noqa: S608
    cursor.execute(NUMBER)
    cursor.execute(
        DRAWN,
        {
            "count": count, "versions": len(sold), "people": max(1, count // 3),
            "first": FIRST, "firsts": len(FIRST), "last": LAST, "lasts": len(LAST),
            "domain": DOMAINS, "domains": len(DOMAINS), "reason": REASONS, "source": SOURCES, "device": DEVICES,
            "city": CITIES, "region": REGIONS, "postcode": POSTCODES, "country": COUNTRIES,
        },
    )  # fmt: skip
    cursor.execute("ANALYZE fill")


def _row(sold: Sold) -> list[str | int | None]:
    spec, item, offer = sold.spec, sold.item, sold.offer
    row = [
        sold.version, spec.merchant.id, spec.gateway, item.currency, spec.entry, sold.thanks,
        item.product_id, item.price_id, item.name, item.amount, item.ships, item.image, item.crm_product, sold.offer_step,
    ]  # fmt: skip
    return [*row, *((offer.product_id, offer.price_id, offer.name, offer.amount) if offer else (None,) * 4)]
