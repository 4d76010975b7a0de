"""What the rows of a batch refer to, found by few queries however many rows there are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from hilvan.people.models import Company, Team, User
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record

from .values import Wrong, fold

NUMBER = re.compile(r"[A-Za-z]{2,8}-\d{4}-\d+")


@dataclass
class People:
    """The company's users and teams by every name under which a row may have them. Two queries."""

    by_name: dict[str, User]
    teams: dict[str, Team]
    ambiguous: set[str]

    @classmethod
    def of(cls, company: Company) -> People:
        by_name: dict[str, User] = {}
        ambiguous = set()
        users = User.objects.filter(company=company).order_by("-is_active", "pk")
        for user in users:
            for name in {fold(user.username), fold(user.name), fold(user.email)} - {""}:
                if name in by_name and by_name[name].is_active and user.is_active:
                    ambiguous.add(name)
                by_name.setdefault(name, user)
        teams = {fold(team.name): team for team in Team.objects.filter(company=company).order_by("is_active", "-pk")}
        return cls(by_name, teams, ambiguous)

    def user(self, text: str) -> User | None:
        """Raises ``Wrong`` for a name that several have."""
        if fold(text) in self.ambiguous:
            raise Wrong(_("Several people are called “%(text)s”: give the user name.") % {"text": text[:100]})
        return self.by_name.get(fold(text))


@dataclass
class Records:
    """Records that a user may see, by number, name and tax identifier: of the texts that were asked for."""

    user: User
    by_key: dict[str, dict[int, Record]] = field(default_factory=lambda: defaultdict(dict))
    folded: dict[str, str] = field(default_factory=dict)

    def fetch(self, texts: Collection[str], among: Collection[str]) -> None:
        """Look for these texts among the records of these kinds."""
        if not (wanted := {text for text in texts if text and "\x00" not in text}):
            return
        self.folded |= fold_all(wanted)
        keys = {self.folded[text] for text in wanted}
        numbers = {found[0].upper(): text for text in wanted if (found := NUMBER.match(text))}
        visible = Record.objects.visible_to(self.user).filter(kind__in=among)
        for record in visible.filter(Q(title_key__in=keys, archived_at=None) | Q(number__in=numbers)).select_related(
            "party"
        ):
            self.by_key[record.title_key][record.pk] = record
            self.by_key[record.number][record.pk] = record
        compact = {_compact(text): text for text in wanted}
        for kind in kinds:
            if kind.name in among and kind.is_party and any(one.name == "tax_id" for one in kind.model._meta.fields):
                of_kind = kind.model._default_manager.filter(company=self.user.company_id, tax_id__in=compact)
                model: Any
                for model in of_kind.filter(record__in=visible.values("pk")).select_related("record"):
                    self.by_key[compact[model.tax_id]][model.record.pk] = model.record

    def find(self, text: str, among: Collection[str]) -> Record | None:
        """Raises ``Wrong`` where several fit."""
        number = NUMBER.match(text)
        keys = [*([number[0].upper()] if number else []), text, self.folded.get(text, text)]
        for key in keys:
            found = [one for one in self.by_key.get(key, {}).values() if one.kind in among]
            if len(found) > 1:
                raise Wrong(_("Several are called “%(text)s”: give the number.") % {"text": text[:100]})
            if found:
                return found[0]
        return None

    def add(self, text: str, record: Record) -> None:
        """What has just been made under this name."""
        self.by_key[self.folded.get(text, text)][record.pk] = record


def fold_all(texts: Iterable[str]) -> dict[str, str]:
    """Each text as the database folds titles."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, hilvan_fold(t) FROM unnest(%s::text[]) t", [sorted(texts)])
        return dict(cursor.fetchall())


@dataclass
class Existing:
    """The kind's records which the rows of a batch may be, by number, reference and the fields of ``same_by``.

    What the user may not see does not exist.
    """

    kind: Kind
    user: User
    by: dict[str, dict[str, list[Any]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def fetch(self, wanted: dict[str, set[str]]) -> None:
        """``wanted``: field → values. One query a field; the models come with their records."""
        visible = Record.objects.visible_to(self.user).filter(kind=self.kind.name)
        models = self.kind.model._default_manager.select_related("record").filter(company=self.user.company_id)
        for name, values in wanted.items():
            if not values:
                continue
            if name == "title":
                found = models.filter(
                    record__in=visible.filter(title_key__in=set(fold_all(values).values()), archived_at=None)
                )
            elif name in ("number", "ref"):
                found = models.filter(record__in=visible.filter(**{f"{name}__in": values}))
            else:
                found = models.filter(record__in=visible.filter(archived_at=None), **{f"{name}__in": values})
            model: Any
            for model in found:
                self.by[name][key_of(name, getattr(model.record if name in RECORD else model, name))].append(model)

    def find(self, keys: dict[str, str]) -> tuple[str, Any] | None:
        """By which field and what: the surest that says one, unless a surer one says that it is another.

        Raises ``Wrong`` where several fit.
        """
        surer: dict[str, str] = {}
        for name, value in keys.items():
            found = [model for model in self.by[name].get(key_of(name, value), ()) if not _contradicts(model, surer)]
            if len(found) > 1:
                raise Wrong(_("There are several of this kind already: “%(text)s”.") % {"text": value[:100]})
            if found:
                return name, found[0]
            surer[name] = value
        return None


RECORD = ("number", "ref", "title")


def key_of(name: str, value: str) -> str:
    return fold(value) if name == "title" else value.casefold()


def _contradicts(model: Any, surer: dict[str, str]) -> bool:
    for name, value in surer.items():
        has = getattr(model.record if name in RECORD else model, name)
        if has and key_of(name, has) != key_of(name, value):
            return True
    return False


def _compact(text: str) -> str:
    return re.sub(r"[\s./-]", "", text).upper()
