"""Ticket: the right of one person to come in once, with the code that proves it."""

import secrets

from django.db import models
from django.db.models import Q

from funnels.models import TicketEvent
from orders.models.order import NUMBER_ALPHABET, Order, OrderLine

CODE_LENGTH = 10


def new_code() -> str:
    """Nine random characters and one that is computed from them, none mistaken for another when it is read out."""
    body = "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """A weighted sum over a prime number of characters: one mistyped and two swapped ones always change it."""
    total = sum(weight * NUMBER_ALPHABET.index(letter) for weight, letter in enumerate(body, start=1))
    return NUMBER_ALPHABET[total % len(NUMBER_ALPHABET)]


def read_code(text: str) -> str:
    """What was scanned or typed as a code, without spaces and dashes; empty where it cannot be one."""
    code = "".join(letter for letter in text.upper() if letter.isalnum())
    if len(code) != CODE_LENGTH or any(letter not in NUMBER_ALPHABET for letter in code):
        return ""
    return code if check_character(code[:-1]) == code[-1] else ""


class TicketQuerySet(models.QuerySet["Ticket"]):
    def valid(self) -> "TicketQuerySet":
        return self.filter(voided_at=None)


class Ticket(models.Model):
    """`event` and `kind` are those of the sale. `used_at` is set once, by whoever is first; a void ticket admits nobody."""

    event = models.ForeignKey(TicketEvent, on_delete=models.PROTECT, related_name="tickets")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tickets")
    # The unique constraint's index begins with the line.
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, db_index=False, related_name="tickets")
    ordinal = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code, editable=False)
    kind = models.CharField(max_length=120)
    holder = models.CharField(max_length=121)
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.CharField(max_length=150, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        permissions = [("checkin_ticket", "Can check in tickets")]
        constraints = [
            models.UniqueConstraint(fields=["line", "ordinal"], name="ticket_issued_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="ticket_ordinal_sensible"),
            models.CheckConstraint(
                condition=Q(used_at=None, used_by="") | Q(used_at__isnull=False) & ~Q(used_by=""),
                name="ticket_use_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_code

    @property
    def shown_code(self) -> str:
        """The code in groups, as it is printed and read out."""
        return f"{self.code[:4]}-{self.code[4:7]}-{self.code[7:]}"
