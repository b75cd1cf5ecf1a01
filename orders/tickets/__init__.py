"""Tickets: issued, printed, checked in at the door."""
