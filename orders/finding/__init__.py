"""Orders found by what a shopper says, and taken out as CSV."""
