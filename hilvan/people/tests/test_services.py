"""Users, teams and tokens."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from hilvan.people.models import User
from hilvan.people.permissions import Action, Scope
from hilvan.people.services import (
    create_token,
    create_user,
    ensure_inactive_users,
    ensure_teams,
    revoke_token,
    user_of_token,
)
from tests.world import World


def test_a_token_acts_for_its_user_until_it_is_revoked_or_the_user_leaves(world: World) -> None:
    token = create_token(world.ana)
    assert user_of_token(token) == world.ana
    assert user_of_token(token[:-1]) is None
    assert token.encode() not in bytes(world.ana.tokens.get().digest)

    User.objects.filter(pk=world.ana.pk).update(is_active=False)
    assert user_of_token(token) is None
    User.objects.filter(pk=world.ana.pk).update(is_active=True)
    revoke_token(world.ana.tokens.get())
    assert user_of_token(token) is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "ANA"}, "username"),
        ({"username": "a b"}, "username"),
        ({"password": "12345678"}, "password"),
        ({"email": "nada"}, "email"),
        ({"role": "king"}, "role"),
        ({"time_zone": "Europe/Zaragoza"}, "time_zone"),
    ],
)
def test_a_wrong_user_is_refused_beside_the_field(world: World, fields: dict[str, str], wrong: str) -> None:
    before = User.objects.count()
    with pytest.raises(ValidationError) as refused:
        create_user(**{"company": world.company, "username": "nueva", "email": "n@ebro.example", **fields})  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == [wrong]
    assert User.objects.count() == before


def test_people_met_in_an_import_become_inactive_users_with_unique_slugs(world: World) -> None:
    names = ["Ana Gil", "José Núñez", "Jose Nunez", "###"]
    users = ensure_inactive_users(world.company, names)

    assert users["Ana Gil"] == world.ana
    assert [users[name].name for name in names] == names
    assert {users[name].username for name in names[1:]} == {"jose-nunez", "jose-nunez-2", "user"}
    assert not users["José Núñez"].is_active
    assert not users["José Núñez"].has_usable_password()
    assert ensure_inactive_users(world.company, names) == users
    assert ensure_inactive_users(world.other_company, ["###"])["###"].username == "user-2"


def test_teams_met_in_an_import_are_inactive_and_made_once(world: World) -> None:
    teams = ensure_teams(world.company, ["Ventas", "Soporte"])
    assert teams["Ventas"] == world.ventas
    assert (teams["Soporte"].is_active, teams["Soporte"].pk) == (
        False,
        ensure_teams(world.company, ["Soporte"])["Soporte"].pk,
    )


def test_a_role_allows_within_a_scope_and_an_inactive_user_nothing(world: World) -> None:
    assert world.ana.scope("opportunity", Action.VIEW) is Scope.ALL
    assert world.eva.scope("opportunity", Action.CHANGE) is Scope.TEAM
    assert world.eva.scope("customer", Action.VIEW) is Scope.ALL
    assert not world.eva.may(Action.CREATE, "customer")
    world.ana.is_active = False
    assert world.ana.scope("opportunity", Action.VIEW) is Scope.NONE
