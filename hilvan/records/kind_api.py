"""The addresses that every registered kind gets, a plugin's too: list, create, read, change, archive, its verbs.

A kind which has richer ways to be read and changed (the activity) takes ``creating_from`` and ``archiving`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from hilvan.people.api import Call, Several
from hilvan.people.models import Company, User

from .api import AskedAsOf, AskedOfAny, RecordJSON, find, narrowed, newest, representation
from .history import Actor, Channel
from .kinds import Kind, Verb, kinds
from .models import Record
from .presentation import whole
from .references import RecordRef, RecordSchema
from .services import Refused, archive, creatable

Function = TypeVar("Function", bound=Callable[..., Any])
CONFLICT = {"responses": {409: {"$ref": "#/components/responses/409"}}}
"""Declares in OpenAPI that an operation may be refused as things stand."""


class KindPage(BaseModel):
    items: list[RecordJSON]
    next: str | None


class AskedByState(AskedOfAny):
    state: Several = Field(default_factory=list)


def routes(kind: Kind) -> Router:
    """All of a kind's addresses."""
    router = Router(tags=[kind.path])
    reading(router, kind)
    creating(router, kind)
    if any(kind.start_from(other.name) for other in kinds):
        creating_from(router, kind)
    changing(router, kind)
    archiving(router, kind)
    for verb in kind.verbs:
        doing(router, kind, verb)
    return router


def reading(router: Router, kind: Kind) -> None:
    asked_for = create_model(
        f"Asked{camel(kind.name)}",
        __base__=AskedByState if kind.in_state else AskedOfAny,
        **{one.name: (str, "") for one in kind.filters},  # type: ignore[call-overload]
    )

    @router.get(f"/{kind.path}", response=KindPage, operation_id=f"{kind.name}_list", summary="List, newest first")
    @taking(asked=Query[asked_for])  # type: ignore[misc, valid-type]
    def several(request: Call, asked: Any) -> Any:
        return listed([kind], asked, request.auth, *own_conditions(kind, asked, request.auth.company))

    @router.get(
        f"/{kind.path}/{{id}}",
        response=RecordJSON,
        operation_id=f"{kind.name}_get",
        url_name=kind.name,
        summary="One, now or at an instant",
    )
    def one(request: Call, id: str, asked: Query[AskedAsOf]) -> Any:
        return representation(find(request.auth, id, kind.name), asked.instant(request.auth))


def creating(router: Router, kind: Kind) -> None:
    @router.post(
        f"/{kind.path}",
        response={201: RecordJSON},
        operation_id=f"{kind.name}_create",
        summary="Create",
        openapi_extra=asking(kind),
    )
    @taking(data=new_schema(kind))
    def create(request: Call, data: Any, response: HttpResponse) -> Any:
        return made(kind, data, request, response)


def creating_from(router: Router, kind: Kind) -> None:
    """``POST /records/{id}/create/{kind}``: prefilled as the Create menu does, what is given taking precedence."""
    taken = schema(kind, f"{camel(kind.name)}FromRecord", kind.schema)

    @router.post(
        f"/records/{{id}}/create/{kind.name}",
        response={201: RecordJSON},
        operation_id=f"{kind.name}_create_from",
        summary="Create from a record, prefilled",
        openapi_extra=CONFLICT,
    )
    @taking(data=taken | None)
    def create_from(request: Call, id: str, response: HttpResponse, data: Any = None) -> Any:
        origin = find(request.auth, id)
        menu = creatable(origin, request.auth)
        entry = next((entry for entry in menu if entry.kind is kind), None)
        if entry is None:
            raise Http404
        if not entry.allowed:
            raise Refused(str(entry.why_not), [other.kind.name for other in menu if other.allowed])
        prefilled = {name: one.value for name, one in entry.start.prefill(origin, request.auth).items()}
        fields = prefilled | (data or taken()).service_fields(request.auth)
        record = kind.create(actor=actor(request), origin=origin, **fields)
        response["Location"] = location(record)
        return representation(record)


def changing(router: Router, kind: Kind) -> None:
    @router.patch(
        f"/{kind.path}/{{id}}",
        response=RecordJSON,
        operation_id=f"{kind.name}_change",
        summary="Change what is given",
        openapi_extra=asking(kind),
    )
    @taking(data=changed_schema(kind))
    def change(request: Call, id: str, data: Any) -> Any:
        return changed(find(request.auth, id, kind.name), data, request)


def archiving(router: Router, kind: Kind) -> None:
    def address(word: str, archived: bool) -> None:
        @router.post(
            f"/{kind.path}/{{id}}/{word}",
            response=RecordJSON,
            operation_id=f"{kind.name}_{word}",
            summary=word.capitalize(),
        )
        def put_away(request: Call, id: str) -> Any:
            return put_into_archive(find(request.auth, id, kind.name), request, archived=archived)

    address("archive", True)
    address("unarchive", False)


def doing(router: Router, kind: Kind, verb: Verb) -> None:
    """A verb as a sub-resource; 409 where it makes no sense now, with those that do."""
    taken = verb_schema(kind, verb)

    @router.post(
        f"/{kind.path}/{{id}}/{verb.name}",
        response=RecordJSON,
        operation_id=f"{kind.name}_{verb.name}",
        summary=verb.name.capitalize(),
        openapi_extra=CONFLICT,
    )
    @taking(data=taken | None)
    def do(request: Call, id: str, data: Any = None) -> Any:
        return done(find(request.auth, id, kind.name), verb.name, data or taken(), request)


def listed(among: Sequence[Kind], asked: AskedOfAny, user: User, *conditions: Q) -> dict[str, Any]:
    """A page of the records of these kinds, each with all its fields."""
    query = narrowed(Record.objects.visible_to(user).filter(kind__in=[kind.name for kind in among]), asked, user)
    if codes := getattr(asked, "state", None):
        query = query.filter(in_states(among, codes, user.company))
    related = [path for kind in among for path in (kind.accessor, *(f"{kind.accessor}__{one}" for one in kind.related))]
    collected = {path for kind in among for path in kind.collected}
    rows, following = newest(query.filter(*conditions).select_related(*related).prefetch_related(*collected), asked)
    for row in rows:
        row.company = user.company  # whose clock tells what is overdue: no query for each
    return {"items": [whole(getattr(row, row.declaration.accessor)) for row in rows], "next": following}


def made(kind: Kind, data: RecordSchema, request: Call, response: HttpResponse) -> dict[str, Any]:
    record = kind.create(actor=actor(request), **data.service_fields(request.auth))
    response["Location"] = location(record)
    return representation(record)


def changed(record: Record, data: RecordSchema, request: Call) -> dict[str, Any]:
    record.declaration.change(record, actor=actor(request), **data.service_fields(request.auth))
    return representation(record)


def put_into_archive(record: Record, request: Call, *, archived: bool) -> dict[str, Any]:
    (record.declaration.archive or archive)(record, actor=actor(request), archived=archived)
    return representation(record)


def done(record: Record, verb: str, given: RecordSchema, request: Call) -> dict[str, Any]:
    """What a verb makes of a record; raises ``Refused`` where it makes no sense now, with those that do."""
    model = getattr(record, record.declaration.accessor)
    offered = {one.name: one for one in record.declaration.verbs if one.offered(model)}
    if verb not in offered:
        raise Refused(_("This can't be done as it stands now."), list(offered))
    fields = {**dict(given), **given.service_fields(request.auth)}
    result = offered[verb].run(record, actor=actor(request), **fields)
    return representation(result if isinstance(result, Record) else record)


def in_states(among: Sequence[Kind], codes: Sequence[str], company: Company) -> Q:
    """Of standing in one of these states, for records of these kinds; raises ``ValidationError`` (``state``) for one
    that none of them knows."""
    known = {kind.name: kind.states_of(company).keys() for kind in among}
    if unknown := set(codes).difference(*known.values()):
        raise ValidationError({"state": _("“%(value)s” does not exist.") % {"value": min(unknown)}})
    standing = Q(pk__in=[])
    for kind in among:
        condition = Q(pk__in=[])
        for code in known[kind.name] & set(codes):
            condition |= kind.in_state(code)  # type: ignore[misc]
        standing |= Q(pk__in=kind.model._default_manager.filter(condition).values("pk"))
    return standing


def own_conditions(kind: Kind, asked: Any, company: Company) -> list[Q]:
    """What is asked of the kind's own filters; raises ``ValidationError`` (by field) for what is no choice."""
    conditions = []
    for one in kind.filters:
        if value := getattr(asked, one.name):
            if value not in dict(one.choices(company)):
                raise ValidationError({one.name: _("“%(value)s” does not exist.") % {"value": value}})
            conditions.append(Q(pk__in=kind.model._default_manager.filter(one.condition(value)).values("pk")))
    return conditions


def new_schema(kind: Kind) -> type[RecordSchema]:
    """What a new record of the kind takes besides the kind's own fields: its origin and a foreign reference."""
    return create_model(
        f"New{camel(kind.name)}",
        __base__=schema(kind, camel(kind.name), kind.schema),
        origin=(RecordRef | None, None),
        ref=(Annotated[str, Field(max_length=200)], ""),
    )


def changed_schema(kind: Kind) -> type[RecordSchema]:
    return schema(kind, f"Changed{camel(kind.name)}", kind.schema)


def verb_schema(kind: Kind, verb: Verb) -> type[RecordSchema]:
    return schema(kind, f"{camel(kind.name)}{camel(verb.name)}", verb.schema or RecordSchema)


def schema(kind: Kind, name: str, fields: type[BaseModel]) -> type[RecordSchema]:
    """The kind's schema under a name of its own, as strict as every one is."""
    strict: Any = (fields,) if issubclass(fields, RecordSchema) else (fields, RecordSchema)
    made: type[RecordSchema] = create_model(name, __base__=strict, __doc__=f"See {kind.path}.")
    return made


def taking(**annotations: Any) -> Callable[[Function], Function]:
    """Gives a view's parameters types that are known only when the registry is complete."""

    def annotate(function: Function) -> Function:
        function.__annotations__ = {**function.__annotations__, **annotations}
        return function

    return annotate


def asking(kind: Kind) -> dict[str, Any] | None:
    """409 where such a record may exist already, for kinds that look for it."""
    return CONFLICT if "allow_duplicate" in kind.schema.model_fields else None


def actor(request: Call) -> Actor:
    return Actor.of(request.auth, Channel.API)


def location(record: Record) -> str:
    return reverse(f"api:{record.kind}", kwargs={"id": str(record.uuid)})


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
