"""What an administrator changes of the types of activity and of the results with which one can be closed.

Neither is ever deleted: what is not active is no longer offered, and stays where it was chosen.
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User
from hilvan.records.services import clean, refuse

from .models import RESULT_NAMES, TYPE_NAMES, ActivityResult, ActivityType
from .services import results_of

PLAIN = ("name", "icon", "color", "duration", "default_subject", "result_required", "position", "is_active")


class TypeFields(TypedDict, total=False):
    name: str
    icon: str
    color: str
    duration: int | None
    default_subject: str
    default_assignee: User | None
    result_required: bool
    next_type: ActivityType | None
    position: int
    is_active: bool


@transaction.atomic
def put_type(type: ActivityType | None, *, by: User, **fields: Unpack[TypeFields]) -> ActivityType:
    """A type as it is to be; for None a new one, with a code made from its name.

    Raises ``PermissionDenied`` and ``ValidationError`` (by field).
    """
    company = _administered(by)
    if type is None:
        taken = set(ActivityType.objects.filter(company=company).values_list("code", flat=True))
        type = ActivityType(company=company, code=_free_code(fields.get("name", ""), taken))
    _check_of_company(company, type, fields.get("default_assignee"), fields.get("next_type"))
    for name, value in fields.items():
        setattr(type, name, value.strip() if isinstance(value, str) else value)
    clean(type, *PLAIN)
    errors = {}
    if not type.name and type.code not in TYPE_NAMES:
        errors["name"] = _("Give it a name.")
    if type.default_assignee is not None and not type.default_assignee.is_active:
        errors["default_assignee"] = _("%(name)s no longer works here.") % {"name": type.default_assignee.name}
    refuse(errors)
    type.save()
    if not ActivityType.objects.filter(company=company, is_active=True).exists():
        raise ValidationError({"is_active": _("One type at least has to be active.")})
    _check_closable(company, "result_required")
    return type


@transaction.atomic
def put_result(
    result: ActivityResult | None, *, by: User, type: ActivityType | None, name: str, position: int, is_active: bool
) -> ActivityResult:
    """A result as it is to be; for None a new one of ``type``, or of all types. An existing one keeps its type."""
    company = _administered(by)
    if result is None:
        taken = set(ActivityResult.objects.filter(company=company, type=type).values_list("code", flat=True))
        result = ActivityResult(company=company, type=type, code=_free_code(name, taken))
    _check_of_company(company, result, type)
    result.name, result.position, result.is_active = name.strip(), position, is_active
    clean(result, "name", "position", "is_active")
    if not result.name and result.code not in RESULT_NAMES:
        raise ValidationError({"name": _("Give it a name.")})
    result.save()
    _check_closable(company, "is_active")
    return result


def _administered(by: User) -> Company:
    """The company, locked: what is checked of all its types and results together holds when it is committed."""
    if not (by.is_active and by.role.administers):
        raise PermissionDenied(_("Only who administers the company may do this."))
    return Company.objects.select_for_update(no_key=True).get(pk=by.company_id)


def _check_of_company(company: Company, *things: User | ActivityType | ActivityResult | None) -> None:
    if any(thing is not None and thing.company_id != company.pk for thing in things):
        raise PermissionDenied(_("This does not exist."))


def _check_closable(company: Company, field: str) -> None:
    """Where a result is required there has to be one."""
    for type in ActivityType.objects.filter(company=company, is_active=True, result_required=True):
        if not results_of(type):
            refusal = _("The type “%(type)s” requires a result, and there would be none.") % {"type": type}
            raise ValidationError({field: refusal})


def _free_code(name: str, taken: set[str]) -> str:
    """A code that is not taken yet, as the API knows it: "demostracion", "demostracion-2"."""
    slug, n = slugify(name)[:34] or "other", 1
    while (code := slug if n == 1 else f"{slug}-{n}") in taken:
        n += 1
    return code


def set_up_company(company: Company) -> None:
    """The five types and their results that a company starts with."""
    types = {
        code: ActivityType(company=company, code=code, icon=icon, color=color, duration=duration, position=position)
        for position, (code, icon, color, duration) in enumerate(
            [
                ("call", "phone", "blue", 15),
                ("email", "mail", "teal", None),
                ("meeting", "users", "violet", 60),
                ("visit", "map-pin", "orange", 120),
                ("task", "checkbox", "gray", None),
            ],
            start=1,
        )
    }
    types["call"].result_required = True
    ActivityType.objects.bulk_create(types.values())
    ActivityResult.objects.bulk_create(
        ActivityResult(company=company, type=types[of] if of else None, code=code, position=position)
        for position, (of, code) in enumerate(
            [
                ("call", "answered"),
                ("call", "no_answer"),
                ("call", "left_message"),
                (None, "done"),
                (None, "cancelled"),
            ],
            start=1,
        )
    )
