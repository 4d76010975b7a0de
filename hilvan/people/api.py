"""Who calls, how lists are asked for, and who works here: ``/me``, ``/users``, ``/teams``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.security import HttpBearer
from pydantic import BaseModel, BeforeValidator, Field, ValidationInfo, model_validator

from .models import Team, User
from .services import user_of_token

router = Router(tags=["people"])
PAGE, MOST = 50, 200


class Call(HttpRequest):
    """A request whose token was known: ``auth`` is the user for whom the program acts."""

    auth: User


class Token(HttpBearer):
    """A token made by ``hilvan token create``. Cookies count for nothing here."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return user_of_token(token)


class Asked(BaseModel):
    """The query parameters of an address; an empty one counts as not given.

    Those that it does not know are refused: a mistyped filter would show everything.
    """

    @model_validator(mode="before")
    @classmethod
    def only_known(cls, data: Any, info: ValidationInfo) -> Any:
        request: HttpRequest = info.context["request"]  # type: ignore[index]
        known = {field.alias or name for name, field in cls.model_fields.items()}
        errors = {}
        for name, values in request.GET.lists():
            if name not in known:
                errors[name] = ValidationError(_("There is no such parameter."), code="unknown")
            elif any("\x00" in value for value in values):
                errors[name] = ValidationError(_("NUL characters are not allowed."), code="nul")
        if errors:
            raise ValidationError(errors)
        return {name: value for name, value in data.items() if value not in ("", [""])}


class Paged(Asked):
    limit: int = Field(default=PAGE, ge=1, le=MOST)
    cursor: str = Field(default="", description="`next` of the page before.")


Separated = BeforeValidator(lambda values: [one.strip() for value in values for one in value.split(",") if one.strip()])
Several = Annotated[list[str], Separated]
"""Several values of one parameter: separated by commas, or the parameter repeated."""


def write_cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def read_cursor(cursor: str, *readers: Callable[[Any], Any]) -> list[Any]:
    """The values of ``write_cursor``, each as its reader takes it; raises ``ValidationError`` (``cursor``)."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor))
        return [read(value) for read, value in zip(readers, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise ValidationError({"cursor": _("This is not a cursor of this list.")}) from error


def row_id(value: Any) -> int:
    """For ``read_cursor``: the key of a row."""
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError("no key of a row")
    return value


class UserJSON(BaseModel):
    id: int
    username: str
    name: str
    email: str
    active: bool


class TeamJSON(BaseModel):
    id: int
    name: str


class CompanyJSON(BaseModel):
    id: int
    name: str


class MeJSON(UserJSON):
    role: str
    language: str
    time_zone: str
    company: CompanyJSON
    teams: list[TeamJSON]


class UserPage(BaseModel):
    items: list[UserJSON]
    next: str | None


class TeamPage(BaseModel):
    items: list[TeamJSON]
    next: str | None


def user_json(user: User | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "active": user.is_active,
    }


def team_json(team: Team | None) -> dict[str, Any] | None:
    return None if team is None else {"id": team.pk, "name": team.name}


class AskedUsers(Paged):
    q: str = Field(default="", description="Words in the name or the user name.")
    active: bool | None = None


@router.get("/me", response=MeJSON, summary="The user for whom the token acts")
def me(request: Call) -> Any:
    user = request.auth
    return {
        **(user_json(user) or {}),
        "role": user.role.code,
        "language": user.speaks,
        "time_zone": user.zone.key,
        "company": {"id": user.company_id, "name": user.company.name},
        "teams": [team_json(team) for team in user.teams.order_by("name")],
    }


@router.get("/users", response=UserPage, summary="The users of the company")
def users(request: Call, asked: Query[AskedUsers]) -> Any:
    """Those who left included: they are inactive and stay in the history."""
    query = User.objects.filter(company=request.auth.company_id)
    for word in asked.q.split():
        query = query.filter(Q(name__icontains=word) | Q(username__icontains=word))
    if asked.active is not None:
        query = query.filter(is_active=asked.active)
    if asked.cursor:
        query = query.filter(pk__gt=read_cursor(asked.cursor, row_id)[0])
    rows = list(query.order_by("pk")[: asked.limit + 1])
    return {
        "items": [user_json(user) for user in rows[: asked.limit]],
        "next": write_cursor(rows[asked.limit - 1].pk) if len(rows) > asked.limit else None,
    }


@router.get("/teams", response=TeamPage, summary="The teams of the company")
def teams(request: Call, asked: Query[Paged]) -> Any:
    query = Team.objects.filter(company=request.auth.company_id)
    if asked.cursor:
        query = query.filter(pk__gt=read_cursor(asked.cursor, row_id)[0])
    rows = list(query.order_by("pk")[: asked.limit + 1])
    return {
        "items": [team_json(team) for team in rows[: asked.limit]],
        "next": write_cursor(rows[asked.limit - 1].pk) if len(rows) > asked.limit else None,
    }
