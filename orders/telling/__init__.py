"""Who hears of an order, and what: the CRM, and the shopper by mail."""
