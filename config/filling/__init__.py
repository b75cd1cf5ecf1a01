"""A shop with years of trade behind it, made up in a scratch database for measuring."""
