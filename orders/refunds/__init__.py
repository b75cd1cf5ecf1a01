"""Money given back: planned by line or amount, sent, settled."""
