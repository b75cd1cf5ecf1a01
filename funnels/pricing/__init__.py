"""What a choice costs: quotes with their taxes, shipping, coupons and upgrades. Pure functions."""
