"""What will happen to each row of a batch, or why it is refused, by column and in words.

The same is done on paper, for the preview, and in earnest: there, what unknown customers and people are to become is
made first.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hilvan.activities.forms import MomentField
from hilvan.activities.moments import span
from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.people.services import ensure_inactive_users
from hilvan.records.forms import RecordField, TeamField, UserField, value_of
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Step, kinds
from hilvan.records.services import Newborn, bear_all

from . import values
from .fields import CREATED, NUMBER, REF, Fields
from .lookups import Existing, People, Records, key_of
from .plans import CHANGED, NEW, SAME, Choices, Plan, Read, Reason
from .reading import Cell, Row
from .values import Mark, Order, Wrong, fold, text_of


class Planner:
    """Plans the rows of one table, batch by batch. ``now`` is the instant at which the batch is imported."""

    def __init__(
        self, user: User, fields: Fields, choices: Choices, *, hints: Mapping[str, Any], in_earnest: bool
    ) -> None:
        self.user, self.fields, self.choices, self.in_earnest = user, fields, choices, in_earnest
        self.now = timezone.now()
        self.unknown: dict[str, Counter[str]] = defaultdict(Counter)
        self.places: dict[str, list[int]] = defaultdict(list)
        for place, name in choices.fields.items():
            if name in fields.by_name:
                self.places[name].append(int(place))
        self.orders: Mapping[str, Order] = hints.get("orders", {})
        self.marks: Mapping[str, Mark] = hints.get("marks", {})
        self.records = Records(user)
        self.people = People.of(user.company)
        self.may_change = set(fields.kind.form(user=user, changing=True).fields)
        self.placeholders = 0

    def actor(self, at: dt.datetime | None) -> Actor:
        return Actor(self.user.company, Channel.IMPORT, self.user, at=at)

    def plan(
        self, rows: Sequence[Row], *, now: dt.datetime, before: Callable[[list[str]], dict[str, int]]
    ) -> list[Plan]:
        """``before`` says of keys in which earlier row of the file they stand. Some queries, however many rows."""
        self.now = now
        self._meet(rows)
        reads = [self._read(line, cells) for line, cells in rows]
        plans = [self._draft(read) for read in reads]
        self._compare(plans, reads, before)
        return plans

    # -- Who and what the rows name --

    def _meet(self, rows: Sequence[Row]) -> None:
        for name, places in self.places.items():
            of = self.fields.by_name[name]
            texts = Counter(text for _line, cells in rows if (text := text_of(_cell(cells, places[0]))))
            if isinstance(of, RecordField):
                self.records.fetch(texts, of.kinds)
                if name == "party" and self.choices.parties == "create":
                    self._make_parties(of, texts, rows)
            elif isinstance(of, UserField) and self.choices.people == "inactive" and self.user.role.administers:
                unknown = {text for text in texts if fold(text) not in self.people.by_name}
                made = ensure_inactive_users(self.user.company, unknown) if self.in_earnest else {
                    text: User(company=self.user.company, name=text, pk=self._placeholder(), is_active=False)
                    for text in unknown
                }  # fmt: skip
                self.people.by_name |= {fold(text): user for text, user in made.items()}

    def _make_parties(self, of: RecordField, texts: Counter[str], rows: Sequence[Row]) -> None:
        """A customer for each name that is none yet, born with the first row which names it."""
        kind = next((kinds[one] for one in of.kinds if kinds[one].importing is not None), None)
        if kind is None or kind.importing is None or not self.user.may(Action.CREATE, kind.name):
            return
        newborns: dict[str, Newborn] = {}
        for text in texts:
            try:
                if self.records.find(text, of.kinds) is not None:
                    continue
                born = min(
                    self._born(cells) for _line, cells in rows if text_of(_cell(cells, self.places["party"][0])) == text
                )
                model = kind.importing.draft(actor=self.actor(born), title=text)
            except (Wrong, ValidationError):
                continue  # told of each row
            newborns[text] = Newborn(model, born)
        by_name = {fold(text): newborn for text, newborn in newborns.items()}  # "Ebro" and "EBRO" are one
        if self.in_earnest and by_name:
            bear_all(kind, list(by_name.values()), self.actor(self.now))
        for text in newborns:
            record = by_name[fold(text)].model.record
            if record.pk is None:
                record.pk, record.kind, record.company = self._placeholder(), kind.name, self.user.company
            self.records.add(text, record)

    def _placeholder(self) -> int:
        """The key of what is there on paper only."""
        self.placeholders -= 1
        return self.placeholders

    def _born(self, cells: Sequence[Cell]) -> dt.datetime:
        """When a row's record was born, as far as it tells."""
        told = [
            one for name, places in self.places.items() for place in places
            if type(self.fields.by_name[name]) is forms.DateTimeField
            and (one := self._instant(_cell(cells, place), place))
        ]  # fmt: skip
        return min([*told, self.now])

    def _instant(self, cell: Cell, place: int) -> dt.datetime | None:
        try:
            return self._as_instant(values.moment(cell, self._order(place), self.user.zone))
        except Wrong:
            return None

    def _as_instant(self, moment: dt.date | dt.datetime) -> dt.datetime:
        """A day counts from its midnight in the company's zone."""
        instant = span(moment, None, self.user.company.zone).start_at
        assert instant is not None
        return instant

    # -- One row --

    def _read(self, line: int, cells: Sequence[Cell]) -> Read:
        read = Read(line)
        for name, places in self.places.items():
            filled = [place for place in places if text_of(_cell(cells, place))]
            if not filled:
                continue
            try:
                if len(places) > 1:  # only fields of prose have several
                    read.values[name] = "\n".join(text_of(_cell(cells, place)) for place in filled)
                elif (value := self._value(name, _cell(cells, filled[0]), filled[0])) is not None:
                    read.values[name] = value
            except Wrong as wrong:
                read.errors[name].append(str(wrong))
        return read

    def _value(self, name: str, cell: Cell, place: int) -> Any:
        """A cell as the kind's service takes it; None for one that is to stay empty. Raises ``Wrong``."""
        of = self.fields.by_name[name]
        if name in self.fields.options:
            return self._one_of_few(name, of, text_of(cell))
        if isinstance(of, RecordField):
            found = self.records.find(text_of(cell), of.kinds)
            if found is None:
                self.unknown[name][text_of(cell)[:200]] += 1
                raise Wrong(_("There is no “%(text)s”.") % {"text": text_of(cell)[:100]})
            return found
        if isinstance(of, UserField):
            return self._user(name, text_of(cell))
        if isinstance(of, TeamField):
            if (team := self.people.teams.get(fold(text_of(cell)))) is None:
                raise Wrong(_("There is no team “%(text)s”.") % {"text": text_of(cell)[:100]})
            return team
        if isinstance(of, (MomentField, forms.DateTimeField)):
            return values.moment(cell, self._order(place), self.user.zone)
        if isinstance(of, forms.DateField):
            return values.day(cell, self._order(place), self.user.zone)
        if isinstance(of, forms.DecimalField):
            number = values.number(cell, self._mark(place))
            return round(number, of.decimal_places) if of.decimal_places is not None else number
        if isinstance(of, forms.IntegerField):
            return values.whole_number(cell, self._mark(place))
        if isinstance(of, forms.BooleanField):
            return values.yes_or_no(cell)
        return text_of(cell)

    def _one_of_few(self, name: str, of: forms.Field, text: str) -> Any:
        options, word = self.fields.options[name], fold(text)
        meant = self.choices.words.get(name, {}).get(word)
        if meant is not None:
            return options.get(meant)
        if word in options:
            return options[word]
        if isinstance(of, forms.CharField):
            return text
        self.unknown[name][text[:200]] += 1
        names = ", ".join(label for _word, label in self.fields.choices(name)[:20])
        raise Wrong(_("“%(text)s” is none of: %(names)s.") % {"text": text[:100], "names": names})

    def _user(self, name: str, text: str) -> User | None:
        if (user := self.people.user(text)) is not None:
            return user
        self.unknown[name][text[:200]] += 1
        if self.choices.people == "nobody":
            return None
        raise Wrong(_("There is no user “%(text)s”.") % {"text": text[:100]})

    def _order(self, place: int) -> Order:
        return self.choices.order or self.orders.get(str(place)) or ("mdy" if get_language() == "en" else "dmy")

    def _mark(self, place: int) -> Mark:
        return self.choices.mark or self.marks.get(str(place)) or ("." if get_language() == "en" else ",")

    # -- As a record --

    def _draft(self, read: Read) -> Plan:
        """The row as a new record, though nothing is saved."""
        plan = Plan(read.line)
        given = dict(read.values)
        created, ref = given.pop(CREATED, None), given.pop(REF, "")
        given.pop(NUMBER, None)
        born = self._as_instant(created) if created is not None else self.now
        if born > self.now:
            read.errors[CREATED].append(_("It lies in the future."))
            return plan
        if len(ref) > 200:
            read.errors[REF].append(_("At most %(n)d characters.") % {"n": 200})
        importing = self.fields.importing
        try:
            told, steps = importing.life({**self.fields.defaults, **given}, self.actor(born))
        except ValidationError as error:
            read.wrong(error)
            return plan
        plan.steps = self._in_time(read, steps, born, created is not None)
        if plan.steps and created is None:
            born = min(born, *(self._as_instant(step.at) for step in plan.steps))
        plan.change = {
            name: value for name, value in told.items()
            if (name in self.may_change or name not in self.fields.by_name)
            and (name in given or name not in self.fields.defaults)
        }  # fmt: skip
        try:
            model = importing.draft(actor=self.actor(born), **told)
            plan.newborn = Newborn(model, born, ref)
            later = copy(model)
            for step in plan.steps:
                step.put(later, self.actor(self._as_instant(step.at)))
        except ValidationError as error:
            known = {name: list(said) for name, said in read.errors.items()}
            read.wrong(error)
            read.errors |= known  # of what could not be read more need not be said
        return plan

    def _in_time(self, read: Read, steps: Sequence[Step], born: dt.datetime, is_told: bool) -> list[Step]:
        """The steps at their instants: not in the future, and not before the birth where that is told."""
        zone, kept = self.user.company.zone, []
        for step in steps:
            at = self._as_instant(step.at)
            if at > self.now:
                read.errors[step.field].append(_("It lies in the future."))
            elif is_told and at < born:
                if at.astimezone(zone).date() != born.astimezone(zone).date():
                    read.errors[step.field].append(_("It lies before its creation."))
                at = born
            kept.append(replace(step, at=at))
        return kept

    # -- Held against what is there --

    def _compare(
        self, plans: Sequence[Plan], reads: Sequence[Read], before: Callable[[list[str]], dict[str, int]]
    ) -> None:
        keys = [self._keys(plan, read) for plan, read in zip(plans, reads, strict=True)]
        existing = Existing(self.fields.kind, self.user)
        wanted: dict[str, set[str]] = defaultdict(set)
        for of_row in keys:
            for name, value in of_row.items():
                wanted[name].add(value)
        existing.fetch(wanted)
        for plan, of_row in zip(plans, keys, strict=True):
            plan.keys = [f"{name}:{key_of(name, value)}" for name, value in of_row.items()]
        seen = before(sorted({key for plan in plans for key in plan.keys}))
        for plan, read, of_row in zip(plans, reads, keys, strict=True):
            try:
                self._decide(plan, read, of_row, existing, seen)
            except Wrong as wrong:
                plan.refuse((-1, str(wrong)))
            if plan.outcome == NEW:
                for key in plan.keys:
                    seen.setdefault(key, plan.line)

    def _keys(self, plan: Plan, read: Read) -> dict[str, str]:
        """By what the row may be known, the surest first, as the record would have it."""
        keys = {name: str(read.values[name]) for name in (NUMBER, REF) if name in read.values}
        if NUMBER in keys:
            keys[NUMBER] = keys[NUMBER].upper()
        for name in self.fields.importing.same_by:
            if name in read.values:
                model = plan.newborn.model if plan.newborn else None
                keys[name] = str(value_of(model, name) if model is not None else read.values[name])
        return {name: value for name, value in keys.items() if value and "\x00" not in value}

    def _decide(self, plan: Plan, read: Read, keys: dict[str, str], existing: Existing, seen: dict[str, int]) -> None:
        found = existing.find(keys)
        if found is not None:
            name, model = found
            plan.record = model.record
            told = _("It is there already: %(number)s, by its %(field)s.") % {
                "number": model.record.number, "field": self.fields.label(name)}  # fmt: skip
            if self.choices.existing == "skip":
                plan.outcome, plan.newborn, plan.steps, plan.reasons = SAME, None, (), [(-1, told)]
                return
            self._decide_change(plan, read, model, told)
            return
        if NUMBER in keys:
            read.errors[NUMBER] = [_("There is no “%(text)s”.") % {"text": keys[NUMBER]}]
        if read.errors:
            plan.refuse(*self._reasons(read))
        elif same := [key for key in plan.keys if key in seen and not self._is_weak(key, keys)]:
            plan.outcome, plan.newborn, plan.steps = SAME, None, ()
            plan.reasons = [(-1, _("It is the same as row %(n)d of the file.") % {"n": seen[same[0]]})]

    def _is_weak(self, key: str, keys: dict[str, str]) -> bool:
        """A name alone does not make two rows of a file one where surer keys, which both have, tell them apart."""
        return key != f"{next(iter(keys))}:{key_of(next(iter(keys)), next(iter(keys.values())))}"

    def _decide_change(self, plan: Plan, read: Read, model: Any, told: str) -> None:
        """An existing record gets the values that the row has; what is empty there stays."""
        kind = self.fields.kind
        given = set(read.values)
        read.errors = defaultdict(list, {name: said for name, said in read.errors.items() if name in given})
        state = kind.state(model)
        if any(state is None or step.state != state.code for step in plan.steps):
            read.errors["__all__"].append(
                _("It is there already: what has ended is not told by an import, do it by hand.")
            )
        if read.errors:
            plan.refuse(*self._reasons(read))
            return
        plan.newborn, plan.steps, plan.outcome = None, (), CHANGED
        plan.change = {name: value for name, value in plan.change.items() if value_of(model, name) != value}
        plan.reasons = [(-1, told)]
        if not plan.change:
            plan.outcome = SAME

    def _reasons(self, read: Read) -> list[Reason]:
        reasons = []
        for name, messages in read.errors.items():
            places = self.places.get(name)
            for message in messages:
                if places or name == "__all__" or name not in self.fields.by_name:
                    reasons.append((places[0] if places else -1, message))
                else:
                    reasons.append((-1, f"{self.fields.label(name)}: {message}"))
        return sorted(reasons)


def hints_of(rows: Sequence[Row], fields: Fields, choices: Choices) -> dict[str, Any]:
    """What the whole of a column tells of how its dates and numbers are written."""
    orders, marks = {}, {}
    for place, name in choices.fields.items():
        of = fields.by_name.get(name)
        cells = [_cell(cells, int(place)) for _line, cells in rows]
        if isinstance(of, (MomentField, forms.DateTimeField, forms.DateField)):
            orders[place] = values.order_of(cells)
        elif isinstance(of, (forms.DecimalField, forms.IntegerField)):
            marks[place] = values.mark_of(cells)
    return {"orders": orders, "marks": marks}


def _cell(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None
