"""Payments, from the first attempt to the last word on it: charged, resolved where nobody knew, settled, disputed."""
