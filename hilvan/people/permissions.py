"""What a role may grant: an action on the records of a kind, within a scope."""

from __future__ import annotations

from enum import StrEnum

Grants = dict[str, dict[str, str]]


class Action(StrEnum):
    VIEW = "view"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


class Scope(StrEnum):
    NONE = "none"
    OWN = "own"
    TEAM = "team"
    ALL = "all"


def no_grants() -> Grants:
    return {}


def grants(view: Scope, create: Scope, change: Scope, delete: Scope = Scope.NONE) -> dict[str, str]:
    return {Action.VIEW: view, Action.CREATE: create, Action.CHANGE: change, Action.DELETE: delete}


_ALL, _TEAM, _NONE = Scope.ALL, Scope.TEAM, Scope.NONE

# The roles that a company starts with: code → (administers, grants). "*": every kind without a grant of its own.
# In a small company colleagues stand in for each other: whoever is to see only his own or his teams' is a collaborator.
FIRST_ROLES: dict[str, tuple[bool, Grants]] = {
    "administrator": (True, {"*": grants(_ALL, _ALL, _ALL, _ALL)}),
    "manager": (False, {"*": grants(_ALL, _ALL, _ALL, _ALL)}),
    "member": (False, {"*": grants(_ALL, _ALL, _ALL)}),
    "collaborator": (
        False,
        {
            "*": grants(_TEAM, _TEAM, _TEAM),
            "customer": grants(_ALL, _NONE, _NONE),
            "contact": grants(_ALL, _NONE, _NONE),
        },
    ),
    "reader": (False, {"*": grants(_ALL, _NONE, _NONE)}),
}
