"""Statements that PostgreSQL plans once for each connection, not each time.

Only for those whose best plan does not depend on what is asked (rows by their keys): for all others a plan made for
anything is a bad one for something (lists as of an instant became ten times slower).
"""

from __future__ import annotations


class PlannedOnce(str):
    """The text of such a statement, for ``cursor.execute``; the cursors of ``config.database`` know it."""

    __slots__ = ()
