"""Konnektive (CheckoutChamp): the CRM that is told of orders which were charged elsewhere."""
