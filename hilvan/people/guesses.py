"""Slows down who guesses a secret: a password, a code.

A guess counts against each of its ``Limit``s *before* it is looked at, so that many at once gain nothing. The first
ones are free; then each is followed by a pause that doubles, up to the longest. A day without a guess forgets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Guesses

MEMORY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """``of`` says whose or from where the guesses are; ``longest`` is in seconds.

    ``shared``: by several people, so that one's right guess excuses none of the others' wrong ones.
    """

    of: tuple[str, ...]
    free: int
    longest: int
    shared: bool = False

    @property
    def key(self) -> str:
        return hashlib.sha256("\x00".join(self.of).encode(errors="replace")).hexdigest()

    def pause(self, failures: int) -> dt.timedelta:
        """How long to wait after so many guesses: nothing at first, then 1 s, 2 s, 4 s …"""
        if failures < self.free:
            return dt.timedelta()
        return dt.timedelta(seconds=min(2 ** min(failures - self.free, 30), self.longest))


def of_sign_in(username: str, address: str) -> list[Limit]:
    """Those of a password guessed for a user name from an address.

    From one address one name is slowed down soon; many names (an office may share an address), and one name from
    anywhere, late. Strangers can't lock a person out: for a name alone the pause is short.
    """
    name = username.casefold()
    return [
        Limit(("sign-in", name, address), free=5, longest=900),
        Limit(("sign-in from", address), free=40, longest=900, shared=True),
        Limit(("sign-in of", name), free=40, longest=30),
    ]


def take(limits: Iterable[Limit]) -> None:
    """Count a guess against all of these; raises ``ValidationError`` (code ``too_many``) where it comes too soon.

    One that comes too soon does not count, and is not to be looked at.
    """
    now = timezone.now()
    by_key = {limit.key: limit for limit in limits}
    with transaction.atomic():
        Guesses.objects.bulk_create(
            [Guesses(key=key, last_at=now, free_at=now) for key in sorted(by_key)], ignore_conflicts=True
        )
        rows = list(Guesses.objects.select_for_update().filter(key__in=by_key).order_by("key"))
        wait = max((row.free_at - now).total_seconds() for row in rows)
        if wait <= 0:
            for row in rows:
                row.failures = 1 if row.last_at < now - MEMORY else row.failures + 1
                row.last_at, row.free_at = now, now + by_key[row.key].pause(row.failures)
            Guesses.objects.bulk_update(rows, ["failures", "last_at", "free_at"])
    if wait > 0:
        raise ValidationError(too_many(wait), code="too_many")


def give_back(limits: Iterable[Limit]) -> None:
    """The guess was right: forget what was counted, of what is shared this one guess alone."""
    for limit in limits:
        rows = Guesses.objects.filter(key=limit.key)
        if limit.shared:
            rows.filter(failures__gt=0).update(failures=F("failures") - 1)
        else:
            rows.delete()


def too_many(seconds: float) -> str:
    """What is said to who must wait."""
    if seconds > 90:
        n = math.ceil(seconds / 60)
        wait = ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    else:
        n = math.ceil(seconds)
        wait = ngettext("%(n)d second", "%(n)d seconds", n) % {"n": n}
    return _("Too many attempts. Try again in %(wait)s.") % {"wait": wait}


def forget() -> None:
    """Take away what was long ago."""
    Guesses.objects.filter(last_at__lt=timezone.now() - MEMORY).delete()
