"""Record and its history."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Greatest, Least, Replace
from django.db.models.lookups import Contains
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from hilvan.people.models import Company, Team, User
from hilvan.people.permissions import Action, Scope

from .fields import XidField
from .kinds import Kind, kinds


def new_uuid() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, 5.7): public, and sorted by the time of its birth."""
    return uuid7()


class Fold(Func):
    """A text without case and accents, ñ after n: what lists sort and search by, the same on every server."""

    function = "hilvan_fold"
    output_field = models.TextField(db_collation="C")


class Plain(Func):
    """A text as searches compare it: without case and accents, ñ as n."""

    function = "hilvan_plain"
    output_field = models.TextField(db_collation="C")


def holds(key: str, word: str) -> Q:
    """Whether the text that ``Fold`` made into this column holds the word, case and accents ignored, ñ as n.

    From the stored key: making it anew from each row's text costs thirty times as much.
    """
    plain = Replace(F(key), Value("~"), Value(""), output_field=models.TextField())
    return Q(Contains(plain, Plain(Value(word))))


class RecordQuerySet(models.QuerySet["Record"]):
    def visible_to(self, user: User) -> RecordQuerySet:
        """What ``user`` may see: the one condition that guards every page, answer and search.

        By kind and scope. A kind that follows its origin (the activity) is seen by its responsible, by who made it, by
        who takes part in it (``Kind.also_seen``) and by who sees the record at the root of its origins; without an
        origin its own kind's scope counts.
        """
        return self.filter(visible(user), company=user.company_id)

    def unarchived(self) -> RecordQuerySet:
        return self.filter(archived_at=None)

    def find(self, user: User, reference: str) -> Record | None:
        """The record visible to ``user`` with this public id or number; None where there is none."""
        try:
            condition = Q(uuid=uuid.UUID(reference))
        except ValueError:
            if "\x00" in reference:
                return None  # the database would refuse the question
            condition = Q(number=reference.upper()) | Q(draft_number=reference.upper())
        return self.visible_to(user).filter(condition).first()


class Record(models.Model):
    """What every business row has in common; a kind's own table shares its key.

    ``draft_number`` is the number that it had as a draft, where its kind gives it another one later (an invoice).
    ``root`` is, for kinds that follow their origin, the first origin that does not; fixed at birth as ``origin`` is.
    For an activity the title, the party, the responsible, the team and the archiving are copies which the database
    itself keeps from the activity's own row (see ``activities/sql/situations.sql``).
    """

    uuid = models.UUIDField(_("id"), default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=32)
    number = models.CharField(_("number"), max_length=40)
    draft_number = models.CharField(max_length=40, blank=True, default="")
    title = models.CharField(_("title"), max_length=255)
    title_key = models.GeneratedField(
        expression=Fold(F("title")), output_field=models.TextField(db_collation="C"), db_persist=True
    )
    party = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    origin = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="born_here", db_index=False)
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    ref = models.CharField(_("foreign reference"), max_length=200, blank=True, default="")

    objects: ClassVar[RecordQuerySet] = RecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="record_number_once_in_company"),
            models.UniqueConstraint(
                fields=["company", "draft_number"], condition=~Q(draft_number=""), name="record_draft_number_once"
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "ref"], condition=~Q(ref=""), name="record_ref_once_in_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "kind", "-id"], name="record_newest_of_kind"),
            models.Index(fields=["company", "party", "-id"], name="record_of_party"),
            models.Index(fields=["origin"], name="record_of_origin"),
            models.Index(fields=["company", "owner", "-id"], name="record_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def declaration(self) -> Kind:
        return kinds[self.kind]


class Document(models.Model):
    """What searches read of a record. Kept by the database's triggers alone, whatever writes.

    ``number`` is the number and the foreign reference, ``known_by`` what the kind names under that word (telephones,
    tax identifiers…), ``prose`` what is written at length: in ``vector`` they weigh A, C and D, the title B. ``key`` is
    what mistypings are compared with.
    """

    written_by_database = True

    record = models.OneToOneField(
        Record, models.DO_NOTHING, primary_key=True, related_name="document", db_constraint=False
    )
    company = models.ForeignKey(Company, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    party = models.ForeignKey(
        Record, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    number = models.TextField()
    title = models.TextField()
    known_by = models.TextField()
    prose = models.TextField()
    vector = models.GeneratedField(
        expression=Func(F("number"), F("title"), F("known_by"), F("prose"), function="hilvan_vector"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    key = models.GeneratedField(
        expression=Func(F("number"), F("title"), F("known_by"), function="hilvan_key"),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            GinIndex(fields=["vector"], name="document_words"),
            GinIndex(fields=["vector"], condition=Q(party=F("record")), name="document_words_of_party"),
            GinIndex(fields=["key"], opclasses=["gin_trgm_ops"], name="document_alike"),
            models.Index(fields=["company", "party"], name="document_of_party"),
        ]

    def __str__(self) -> str:
        return self.title


class Change(models.Model):
    """One row changed at one instant. Written by the database's triggers alone; the application may only read.

    ``at`` is the instant for which it counts, ``recorded_at`` the one at which it was written: they differ for what was
    imported with past instants. ``actor`` and ``channel`` are claims of the session, ``db_session`` is the
    database's own word. ``digest`` is the SHA-256 of the payload, which stands apart so that a person's data can
    later be erased without breaking the chain of digests.
    """

    written_by_database = True

    company = models.ForeignKey(Company, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    record = models.ForeignKey(Record, models.DO_NOTHING, related_name="changes", db_constraint=False, db_index=False)
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    operation = models.CharField(max_length=1)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    transaction = XidField()
    actor = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False)
    channel = models.CharField(max_length=20)
    verb = models.CharField(max_length=60)
    batch = models.UUIDField(null=True)
    db_session = models.CharField(max_length=63)
    digest = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["record", "at", "id"], name="change_of_record"),
            models.Index(fields=["transaction", "recorded_at"], name="change_of_transaction"),
            models.Index(fields=["company", "at"], name="change_by_instant"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id} at {self.at}"


class ChangePayload(models.Model):
    """What changed: ``{"diff": {column: [before, after]}, "note": …, "raw": …}``."""

    written_by_database = True

    change = models.OneToOneField(
        Change, models.DO_NOTHING, primary_key=True, related_name="payload", db_constraint=False
    )
    data = models.JSONField()

    def __str__(self) -> str:
        return f"payload of {self.change_id}"


class PastInstant(models.Model):
    """The past instant at which an import's transaction writes. Only the database's own functions touch it."""

    written_by_database = True

    transaction = XidField(primary_key=True)
    at = models.DateTimeField(null=True)
    batch = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.transaction} at {self.at}"


class LinkKind(models.TextChoices):
    """What a link says of its two records."""

    SOURCE = "source", _("made of")
    RELATED = "related", _("related")


class Link(models.Model):
    """Two records that have to do with each other, besides the one origin that a record has from its birth.

    ``source``: the record was made of the other one too, as an invoice of three delivery notes is: part of the document
    flow, written by the service that makes it. ``related``: whatever people link; it has no direction. Its history is
    that of both records (``sql/links.sql``).
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="links", db_index=False, verbose_name=_("record"))
    other = models.ForeignKey(Record, models.PROTECT, related_name="+", db_index=False, verbose_name=_("linked with"))
    kind = models.CharField(_("kind of link"), max_length=20, choices=LinkKind, default=LinkKind.RELATED)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.CheckConstraint(condition=~Q(record=F("other")), name="link_leads_elsewhere"),
            models.UniqueConstraint(fields=["record", "other", "kind"], name="link_once"),
            models.UniqueConstraint(
                Least("record", "other"),
                Greatest("record", "other"),
                condition=Q(kind="related"),
                name="link_related_once",
            ),
        ]
        indexes = [models.Index(fields=["other", "kind"], name="link_to_record")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.kind} {self.other_id}"


class Attachment(models.Model):
    """A file on a record. Its bytes stand in the storage ``attachments`` under ``stored_as``, which tells nothing.

    ``media_type`` is ours, by the name's extension and the content, never the sender's word. Archiving takes the file
    off the record's page; the bytes stay, as all that history tells of.
    """

    uuid = models.UUIDField(default=new_uuid, unique=True, editable=False)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", db_index=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="attachments", db_index=False)
    name = models.CharField(_("file"), max_length=200)
    media_type = models.CharField(_("media type"), max_length=100)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    stored_as = models.CharField(_("stored as"), max_length=100)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created"))
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [models.Index(fields=["record", "-id"], name="attachment_of_record")]

    def __str__(self) -> str:
        return self.name


def sees_all(user: User) -> bool:
    """Whether the user may see every record of the company."""
    return all(user.scope(kind.name, Action.VIEW) is Scope.ALL for kind in kinds)


def visible(user: User, prefix: str = "") -> Q:
    """What ``visible_to`` asks for within the company, for a query in which the record stands at ``prefix``."""
    if sees_all(user):
        return Q()
    scopes = {kind.name: user.scope(kind.name, Action.VIEW) for kind in kinds}
    following = {kind.name for kind in kinds if kind.follows_origin}

    def allowed(names: set[str], prefix: str) -> Q:
        """Records of these kinds, each within its scope."""
        condition = Q(pk__in=[])
        for scope in set(scopes.values()) - {Scope.NONE}:
            of_kind = sorted(name for name in names if scopes[name] is scope)
            if of_kind:
                condition |= Q(**{f"{prefix}kind__in": of_kind}) & within(scope, user, prefix)
        return condition

    others = scopes.keys() - following
    by_origin = Q(**{f"{prefix}root": None}) & allowed(following, prefix) | allowed(others, f"{prefix}root__")
    seen = allowed(others, prefix) | Q(**{f"{prefix}kind__in": sorted(following)}) & (
        within(Scope.OWN, user, prefix) | by_origin
    )
    for kind in kinds:
        if kind.also_seen is not None:
            seen |= Q(**{f"{prefix}pk__in": kind.also_seen(user)})
    return seen


def within(scope: Scope, user: User, prefix: str = "") -> Q:
    """Records in that scope of the user's: made by or entrusted to the user, to a team mate, to a team; or any."""
    if scope is Scope.ALL:
        return Q()
    if scope is Scope.NONE:
        return Q(pk__in=[])
    mine = Q(**{f"{prefix}owner": user.pk}) | Q(**{f"{prefix}created_by": user.pk})
    if scope is Scope.OWN:
        return mine
    of_mates = Q(**{f"{prefix}owner__in": user.mate_ids}) | Q(**{f"{prefix}created_by__in": user.mate_ids})
    return of_mates | Q(**{f"{prefix}team__in": user.team_ids})
