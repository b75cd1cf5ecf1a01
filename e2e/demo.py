"""What the demo funnels sell, in the words and amounts that shoppers and gateways see."""

from dataclasses import dataclass

APPROVED = "4242424242424242"
ANOTHER_APPROVED = "5555555555554444"
DECLINED = "4000000000000002"
INSUFFICIENT_FUNDS = "4000000000009995"
EXPIRED = "4000000000000069"
WRONG_CODE = "4000000000000127"
ALWAYS_CHALLENGED = "4000002760003184"


@dataclass(frozen=True, slots=True)
class Item:
    """`price` is what pages print, `minor` what gateways charge."""

    name: str
    price: str
    minor: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """`second_offer` follows a no to `first_offer`; in the course also a yes.

    `total` is what the checkout page prints and `charged` what the gateway takes for one `main` with its delivery.
    """

    handle: str
    provider: str
    charge_call: str
    main: Item
    total: str
    charged: int
    first_step: str
    first_offer: Item
    second_step: str
    second_offer: Item
    contact: dict[str, str]

    def __str__(self) -> str:
        return self.handle


NAME = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
ADDRESS = {"address": "12 Analytical St", "city": "Springfield", "state": "OR", "zipCode": "97477", "country": "US"}

SERUM = Funnel(
    handle="serum",
    provider="nmi",
    charge_call="type=sale",
    main=Item("Sea Fennel Renewal Serum", "$49.00", 4900),
    total="$53.90",
    charged=5390,
    first_step="night-cream",
    first_offer=Item("Tidal Night Cream", "$49.00", 4900),
    second_step="gua-sha",
    second_offer=Item("Sea Glass Gua Sha", "$19.00", 1900),
    contact=NAME | ADDRESS,
)
COURSE = Funnel(
    handle="course",
    provider="stripe",
    charge_call="POST /v1/payment_intents ",
    main=Item("Quiet Code", "$99.00", 9900),
    total="$99.00",
    charged=9900,
    first_step="workbook",
    first_offer=Item("The Quiet Workbook", "$29.00", 2900),
    second_step="coaching",
    second_offer=Item("One hour with the author", "$149.00", 14900),
    contact=NAME,
)
# Its checkout offers several kinds of tickets, so that tests choose before they pay; `main` is the kind that is preset.
FESTIVAL = Funnel(
    handle="festival",
    provider="stripe",
    charge_call="POST /v1/payment_intents ",
    main=Item("Weekend ticket", "$129.00", 12900),
    total="$129.00",
    charged=12900,
    first_step="backstage",
    first_offer=Item("Backstage tour", "$45.00", 4500),
    second_step="poster",
    second_offer=Item("Screen-printed poster", "$24.00", 2400),
    contact=NAME,
)
FUNNELS = (SERUM, COURSE)
