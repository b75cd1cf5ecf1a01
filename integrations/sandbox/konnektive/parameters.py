"""The parameters each Konnektive call takes. Any other name is answered with an error that names it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


def names(text: str) -> frozenset[str]:
    """The words of `text` as a set."""
    return frozenset(text.split())


LOGIN: Final = names("loginId password")
CONTACT: Final = names(
    "firstName lastName companyName address1 address2 city state postalCode country emailAddress phoneNumber ipAddress"
    " billShipSame shipFirstName shipLastName shipCompanyName shipAddress1 shipAddress2 shipCity shipState"
    " shipPostalCode shipCountry"
)
ATTRIBUTION: Final = names("affId sessionId sourceValue1 sourceValue2 sourceValue3 sourceValue4 sourceValue5")
CUSTOM: Final = names("custom1 custom2 custom3 custom4 custom5")
PAGING: Final = names("startDate endDate dateRangeType resultsPerPage page sortDir includeCustomFields")
LEAD: Final = CONTACT | ATTRIBUTION | CUSTOM | names("campaignId disableCustomerDedup orderId")
NUMBERED_PRODUCT: Final = re.compile(r"product\d{1,2}_(?:id|qty|price|shipPrice)")


@dataclass(frozen=True)
class Call:
    """What one path takes: `required` must be there and not empty, `optional` may be, nothing else may."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()
    numbered_products: bool = False

    def missing(self, request: dict[str, str]) -> str | None:
        return next((name for name in sorted(self.required) if not request.get(name)), None)

    def unknown(self, given: Iterable[str]) -> str | None:
        allowed = LOGIN | self.required | self.optional
        return next((name for name in given if name not in allowed and not self._is_product(name)), None)

    def _is_product(self, name: str) -> bool:
        return self.numbered_products and NUMBERED_PRODUCT.fullmatch(name) is not None


CALLS: Final[dict[str, Call]] = {
    "landers/clicks/import": Call(
        names("campaignId pageType"), ATTRIBUTION | names("ipAddress userAgent requestUri httpReferer")
    ),
    "leads/import": Call(names("campaignId emailAddress"), LEAD, numbered_products=True),
    "order/import": Call(
        names("campaignId paySource emailAddress firstName lastName"),
        LEAD
        | names(
            "couponCode shipProfileId salesTax taxExemption currencyCode forceMerchantId forceQA skipQA insureShipment"
            " salesUrl redirectsTo errorRedirectsTo customerId"
        ),
        numbered_products=True,
    ),
    "order/query": Call(
        frozenset(), PAGING | names("orderId customerId emailAddress orderStatus campaignId firstName lastName")
    ),
    "order/confirm": Call(names("orderId")),
    "order/qa": Call(names("orderId action")),
    "order/cancel": Call(names("orderId cancelReason"), names("fullRefund afterNextBill")),
    "order/refund": Call(names("orderId"), names("refundAmount fullRefund")),
    "order/update": Call(names("orderId"), CONTACT | CUSTOM),
    "upsale/import": Call(
        names("orderId productId"), names("productQty productPrice productShipPrice productSalesTax replaceProductId")
    ),
    "customer/query": Call(frozenset(), PAGING | names("customerId emailAddress firstName lastName phoneNumber")),
    "customer/update": Call(names("customerId"), CONTACT | CUSTOM),
    "customer/addnote": Call(names("customerId message")),
    "transactions/query": Call(
        frozenset(),
        PAGING | names("transactionId orderId customerId txnType responseType merchantTxnId merchantId emailAddress"),
    ),
    "transactions/refund": Call(
        names("transactionId"), names("refundAmount fullRefund cancelPurchase externalRefund refundMerchantTxnId")
    ),
    "campaign/query": Call(frozenset(), PAGING | names("campaignId")),
    "product/query": Call(frozenset(), PAGING | names("productId campaignId")),
}
