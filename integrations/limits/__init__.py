"""How often something may happen in a while, counted in the database, so that a limit holds across all processes."""

from integrations.limits.counting import Refused, Subject, Tally, count, longest, parse, refused, sweep, tally

__all__ = ["Refused", "Subject", "Tally", "count", "longest", "parse", "refused", "sweep", "tally"]
