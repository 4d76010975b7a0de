"""Who is calling, and who works here."""

from __future__ import annotations

import pytest
from django.test import Client

from hilvan.people.models import Token
from hilvan.people.services import create_token, create_user, revoke_token
from tests.api.client import Program, user_json
from tests.world import World


def test_me_is_the_user_for_whom_the_token_acts(world: World) -> None:
    assert Program(world.ana).get("/me") == {
        **user_json(world.ana),
        "role": "member",
        "language": "es",
        "time_zone": "Europe/Madrid",
        "company": {"id": world.company.pk, "name": "Talleres Ebro S.L."},
        "teams": [{"id": world.ventas.pk, "name": "Ventas"}],
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nothing", "Basic YTpi", "bearer\x00", "Bearer ñ"])
def test_without_a_known_token_there_is_401(world: World, header: str) -> None:
    response = Client().get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["title"] == "Unauthorized"


def test_a_signed_in_session_counts_for_nothing(world: World) -> None:
    client = Client()
    client.force_login(world.ana)
    assert client.get("/api/v1/me").status_code == 401


def test_a_revoked_token_and_an_inactive_user_are_unknown(world: World) -> None:
    token = create_token(world.luis)
    for_eva = Program(world.eva)
    revoke_token(Token.objects.get(user=world.luis))
    world.eva.is_active = False
    world.eva.save()
    assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    for_eva.get("/me", 401)


def test_users_and_teams_are_the_companys_alone(world: World) -> None:
    program = Program(world.zoe)
    assert program.get("/users") == {"items": [user_json(world.zoe)], "next": None}
    assert program.get("/teams") == {"items": [], "next": None}


def test_users_are_found_by_name_and_read_page_by_page(world: World) -> None:
    create_user(company=world.company, username="vieja", email="", name="Ana Antigua", active=False)
    program = Program(world.ana)
    found = program.get("/users", q="ana", active="false")
    assert [user["username"] for user in found["items"]] == ["vieja"]

    first = program.get("/users", limit=3)
    second = program.get("/users", limit=3, cursor=first["next"])
    names = [user["username"] for user in first["items"] + second["items"]]
    assert names == ["jefa", "ana", "luis", "eva", "vieja"]
    assert second["next"] is None
    assert program.get("/teams") == {"items": [{"id": world.ventas.pk, "name": "Ventas"}], "next": None}
