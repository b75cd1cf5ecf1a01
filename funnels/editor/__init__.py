"""The draft under a merchant's hands: drawn, changed, compared, copied."""
