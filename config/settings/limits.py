"""How often a visitor may try: "times/seconds", 0 for no limit; each by its own variable, LIMIT_PAYMENT_RUN and so on."""

from config.settings.env import env

_DEFAULTS = {
    # Payments tried, accepted offers included.
    "payment_run": "8/3600",
    "payment_ip": "60/600",
    # The same while a merchant's declines are suspiciously many.
    "strict_payment_run": "3/3600",
    "strict_payment_ip": "5/600",
    # Payments declined, whatever else went well. `card` is a card's brand and last digits, as its browser told them.
    "declined_ip": "20/3600",
    "declined_email": "30/3600",
    "declined_card": "30/3600",
    # From so many declines on it is looked at how many payments went well meanwhile; a spike then lasts for so long.
    "declined_merchant": "30/600",
    "spike": "1/900",
    # Pages of a merchant's funnels that broke. Nobody is limited by it: it is counted for an alert.
    "broken_page": "1/300",
    # Coupon codes tried that nobody made.
    "coupon_ip": "20/600",
    # Withdrawals sent.
    "withdrawal_ip": "20/3600",
    "withdrawal_email": "5/3600",
    # Runs begun, failed sign-ins of staff, webhooks with a wrong signature, errors told by browsers.
    "start_ip": "120/600",
    "login_ip": "30/900",
    "login_user": "15/900",
    "webhook_ip": "60/600",
    "monitoring_ip": "60/600",
}
LIMITS = {name: env(f"LIMIT_{name.upper()}", default=default) for name, default in _DEFAULTS.items()}

# The share of declines among a merchant's decided payments that makes them suspicious.
DECLINE_SPIKE_SHARE = env.float("DECLINE_SPIKE_SHARE", default=0.6)

# Visitors here are not counted by address: the machine itself, from which no shopper comes.
LIMITS_EXEMPT = env.list("LIMITS_EXEMPT", default=["127.0.0.0/8", "::1"])

# Proxies whose X-Forwarded-For is believed: how many there are before us, or their networks. Empty: nobody's.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
