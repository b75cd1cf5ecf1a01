"""A funnel as one file, out of one shop and into another."""
