"""The second factor of staff: an authenticator app (RFC 6238), and backup codes for the day it is lost.

A code is checked under the row's lock, so that two requests cannot use the same one; after five wrong ones in a row the
factor is locked for a minute, and twice as long after each further one.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import pyotp
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from funnels.models import SecondFactor
from integrations.connections import keyring

ISSUER = "Stepwell"
STEP_SECONDS = 30
BACKUP_CODES = 10
FREE_TRIES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
# Without letters and digits that are mistaken for one another.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class WrongCode(ValueError):
    """The code is none of this person's, or was used before."""


class Locked(Exception):
    """Too many wrong codes; `until` is when the next one is looked at."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until:%H:%M:%S}")
        self.until = until


def confirmed(user: User) -> SecondFactor | None:
    """The factor that a person has to prove; None where they have none."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).first()


def has_confirmed(user: User) -> bool:
    """Whether they have one, by the row that was fetched with them: for lists of people."""
    factor: SecondFactor | None = getattr(user, "second_factor", None)
    return factor is not None and factor.confirmed_at is not None


def begin(user: User, *, seen: str = "") -> SecondFactor:
    """The factor that the person is setting up, with the secret that this session has `seen`, else with a new one.

    A secret that another session was shown is never confirmed: who has stolen the password may have copied it.
    """
    with transaction.atomic():
        factor, made = SecondFactor.objects.select_for_update().get_or_create(
            user=user, defaults={"secret_encrypted": _new_secret()}
        )
        if factor.confirmed_at is None and not made and not hmac.compare_digest(mark(factor), seen):
            factor.secret_encrypted = _new_secret()
            factor.save(update_fields=["secret_encrypted"])
    return factor


def mark(factor: SecondFactor) -> str:
    """Tells this secret from others without telling it."""
    return hashlib.sha256(bytes(factor.secret_encrypted)).hexdigest()


def secret(factor: SecondFactor) -> str:
    return keyring().decrypt(bytes(factor.secret_encrypted)).decode()


def address(factor: SecondFactor) -> str:
    """What the authenticator app reads from the picture."""
    return pyotp.TOTP(secret(factor)).provisioning_uri(name=factor.user.get_username(), issuer_name=ISSUER)


def confirm(user: User, code: str) -> list[str]:
    """Put the factor in force once the app shows the right code; returns the backup codes, which are told this once."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user)
        step = _step_of(factor, code)
        if step is None or factor.confirmed_at is not None:
            raise WrongCode
        factor.confirmed_at, factor.last_step = timezone.now(), step
        codes = _new_codes(factor)
        factor.save()
    return codes


def renew_codes(user: User) -> list[str]:
    """New backup codes in place of all earlier ones."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=user)
        codes = _new_codes(factor)
        factor.save(update_fields=["backup_codes"])
    return codes


def check(user: User, code: str) -> SecondFactor:
    """The factor, if the code proves it: the app's present one or an unused backup code. WrongCode or Locked otherwise."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().exclude(confirmed_at=None).get(user=user)
        now = timezone.now()
        if factor.locked_until is not None and factor.locked_until > now:
            raise Locked(factor.locked_until)
        right = _accept(factor, code)
        factor.failures = 0 if right else factor.failures + 1
        factor.locked_until = None if right else _lock(factor.failures, now)
        factor.save()
    if not right:
        raise WrongCode
    return factor


def remove(user: User) -> bool:
    """Take the factor away; whether there was one."""
    return bool(SecondFactor.objects.filter(user=user).delete()[0])


def _new_secret() -> bytes:
    return keyring().encrypt(pyotp.random_base32().encode())


def _accept(factor: SecondFactor, code: str) -> bool:
    step = _step_of(factor, code)
    if step is not None:
        factor.last_step = step
        return True
    hashed = _hash(code)
    left = [kept for kept in factor.backup_codes if not hmac.compare_digest(kept, hashed)]
    used = len(left) < len(factor.backup_codes)
    factor.backup_codes = left
    return used


def _step_of(factor: SecondFactor, code: str) -> int | None:
    """The time step whose code it is, of this one and its neighbours, unless it was used before."""
    typed = "".join(code.split())
    app, now = pyotp.TOTP(secret(factor)), int(timezone.now().timestamp()) // STEP_SECONDS
    steps = (step for step in (now, now - 1, now + 1) if step > factor.last_step)
    return next(
        (step for step in steps if hmac.compare_digest(app.at(step * STEP_SECONDS).encode(), typed.encode())), None
    )


def _lock(failures: int, now: datetime) -> datetime | None:
    if failures < FREE_TRIES:
        return None
    doublings: int = 2 ** min(failures - FREE_TRIES, 10)
    return now + min(FIRST_LOCK * doublings, LONGEST_LOCK)


def _new_codes(factor: SecondFactor) -> list[str]:
    codes = ["-".join(_random(5) for _ in range(2)) for _ in range(BACKUP_CODES)]
    factor.backup_codes = [_hash(code) for code in codes]
    return codes


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _hash(code: str) -> str:
    typed = "".join(character for character in code.lower() if character.isalnum())
    return hashlib.sha256(typed.encode()).hexdigest()
