"""How the API tells a notice."""

from __future__ import annotations

from typing import Any

from hilvan.people.api import user_json

from .models import Notice


def as_json(notice: Notice) -> dict[str, Any]:
    """Who is told what, and what became of it; ``recipient`` is null for who has no account.

    The caller has selected ``recipient`` and ``caused_by``.
    """
    return {
        "id": str(notice.uuid),
        "recipient": user_json(notice.recipient),
        "name": notice.to.name,
        "address": notice.address,
        "reason": notice.reason,
        "caused_by": user_json(notice.caused_by),
        "state": notice.state,
        "suppressed_by": notice.suppressed_by or None,
        "attempts": notice.attempts,
        "answer": notice.answer,
        "created_at": notice.created_at.isoformat(),
        "due_at": notice.due_at.isoformat(),
        "sent_at": notice.sent_at.isoformat() if notice.sent_at else None,
    }
