"""What a shopper's page shows and asks: the form, the choices, the texts, the values that templates print."""
