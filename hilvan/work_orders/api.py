"""What is noted on a work order piece by piece, for other programs; all else of it is what every kind has."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Router

from hilvan.people.api import Call
from hilvan.records.api import RecordJSON, find, representation
from hilvan.records.kind_api import actor
from hilvan.records.models import Record
from hilvan.trade.schemas import LineSchema

from .models import Time
from .schemas import ChangedTime, NewTime, Tick
from .services import add_material
from .work import add_time, change_time, remove_time, tick_task

router = Router(tags=["work-orders"])


@router.post("/work-orders/{id}/materials", response={201: RecordJSON}, summary="Add one line")
def material(request: Call, id: str, data: LineSchema) -> Any:
    record = find(request.auth, id, "work_order")
    add_material(record, actor=actor(request), **data.service_fields(request.auth))
    return representation(record)


@router.post("/work-orders/{id}/tasks/{task}", response=RecordJSON, summary="Tick a task, or take the tick away")
def task(request: Call, id: str, task: int, data: Tick) -> Any:
    record = find(request.auth, id, "work_order")
    found = record.work_tasks.filter(pk=task).select_related("record").first()
    if found is None:
        raise Http404
    tick_task(found, actor=actor(request), done=data.done)
    return representation(record)


@router.post("/work-orders/{id}/times", response={201: RecordJSON}, summary="Add a time that nobody clocked")
def time(request: Call, id: str, data: NewTime) -> Any:
    record = find(request.auth, id, "work_order")
    add_time(record, actor=actor(request), **data.service_fields(request.auth))
    return representation(record)


@router.patch("/work-orders/{id}/times/{time}", response=RecordJSON, summary="Put a time right")
def changed_time(request: Call, id: str, time: int, data: ChangedTime) -> Any:
    record, found = _time(request, id, time)
    change_time(found, actor=actor(request), **data.service_fields(request.auth))
    return representation(record)


@router.delete("/work-orders/{id}/times/{time}", response=RecordJSON, summary="Remove a time that was not worked")
def removed_time(request: Call, id: str, time: int) -> Any:
    record, found = _time(request, id, time)
    remove_time(found, actor=actor(request))
    return representation(record)


def _time(request: Call, id: str, key: int) -> tuple[Record, Time]:
    record = find(request.auth, id, "work_order")
    found = record.work_times.filter(pk=key).select_related("record").first()
    if found is None:
        raise Http404
    return record, found
