"""What holds for every sale."""

from config.settings.env import env

# How long units are held for a payment under way, counted from when it was submitted.
RESERVATION_MINUTES = env.int("RESERVATION_MINUTES", default=15)
