"""Which customers (or suppliers) a new one may already be: by its tax identifier, or by a same or very similar name.

Names are compared without case, accents and legal form ("Sol, S.L.", "SOL SLU"); numbers within them must be the same,
since "Gran Vía 22" is not "Gran Vía 24". Looked for is among what the actor may see.
"""

from __future__ import annotations

from django.contrib.postgres.lookups import TrigramSimilar
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import F, Func, Q, TextField, Value
from django.utils.translation import gettext as _

from hilvan.records.history import Actor
from hilvan.records.models import Record, RecordQuerySet
from hilvan.records.services import MayExist, Similar

from .models import Party

ALIKE = 0.6
"""From this similarity of trigrams on (pg_trgm, 0 to 1) two names are worth a question."""
MOST = 5


class TradeName(Func):
    """A name without case, accents, punctuation and legal form; see ``sql/names.sql``, where its index is too."""

    function = "hilvan_trade_name"
    output_field = TextField()


class Digits(Func):
    """The digits of a text, in their order."""

    template = r"regexp_replace(%(expressions)s, '\D', '', 'g')"
    output_field = TextField()


def refuse_duplicates(actor: Actor, model: type[Party], *, name: str, tax_id: str, but: Record | None = None) -> None:
    """Raise ``MayExist`` where there are such parties; what is empty is not looked for."""
    if similar := similar_parties(actor, model, name=name, tax_id=tax_id, but=but):
        raise MayExist(similar)


def similar_parties(
    actor: Actor, model: type[Party], *, name: str, tax_id: str, but: Record | None = None
) -> list[Similar]:
    """The customers (or suppliers) that it may be, the likeliest first. Three queries at most."""
    records = Record.objects.filter(company=actor.company)
    if actor.user is not None:
        records = Record.objects.visible_to(actor.user)
    if but is not None:
        records = records.exclude(pk=but.pk)
    found: dict[int, Similar] = {}
    if tax_id:
        same = model._default_manager.filter(company=actor.company, tax_id=tax_id).values("pk")
        for record in records.filter(pk__in=same).order_by("pk")[:MOST]:
            found[record.pk] = Similar(record, _("the same tax identifier"))
    if name:
        for record in _of_similar_name(records.filter(kind=model._meta.model_name), name):
            why = _("the same name") if record.alike == 1 else _("a similar name")  # type: ignore[attr-defined]
            found.setdefault(record.pk, Similar(record, why))
    return list(found.values())[:MOST]


def _of_similar_name(records: RecordQuerySet, name: str) -> list[Record]:
    wanted = TradeName(Value(name))
    with connection.cursor() as cursor:  # for the index; until the transaction ends
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE)])
    return list(
        records.annotate(trade_name=TradeName(F("title")))
        .filter(Q(TrigramSimilar(F("trade_name"), wanted)))
        .annotate(alike=TrigramSimilarity("trade_name", wanted))  # type: ignore[arg-type]
        .filter(alike__gte=ALIKE)
        .annotate(digits=Digits(F("trade_name")))
        .filter(digits=Digits(wanted))
        .order_by("-alike", "pk")[:MOST]
    )
