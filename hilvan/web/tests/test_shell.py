"""What every page has: language, zone, policy, menus; and signing in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from hilvan.people.models import User
from hilvan.people.services import password_link
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.web import staticfiles
from hilvan.web.middleware import POLICY, content_security_policy
from tests.pages import Page, faults, signed_in
from tests.world import PASSWORD, World


def test_every_answer_forbids_foreign_and_inline_code(world: World) -> None:
    for client, address in [(Client(), "/sign-in/"), (signed_in(world.ana), "/customers/"), (Client(), "/nothing")]:
        response = client.get(address)
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert faults(response) == []
    assert "unsafe" not in POLICY


def test_a_view_may_set_a_policy_of_its_own() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "sandbox"})

    response = content_security_policy(view)(RequestFactory().get("/"))

    assert response.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(("accepts", "language"), [("", "es"), ("fr", "es"), ("en-GB,en;q=0.9", "en"), ("es-AR", "es")])
def test_before_sign_in_it_speaks_the_browsers_language_else_spanish(accepts: str, language: str, world: World) -> None:
    response = Client(headers={"accept-language": accepts}).get("/sign-in/")

    assert f'<html lang="{language}"' in response.content.decode()
    assert response.headers["Content-Language"] == language


def test_after_sign_in_it_speaks_the_users_language_on_the_users_clock(world: World) -> None:
    User.objects.filter(pk=world.ana.pk).update(time_zone="Atlantic/Canary")
    record = world.customer()
    client = signed_in(world.ana, "en")

    response = client.get(f"/customers/{record.number}", headers={"accept-language": "es"})

    assert '<html lang="en"' in response.content.decode()
    written = record.created_at.astimezone(timezone.get_fixed_timezone(0))
    assert written.strftime("%H:%M") in Page.of(response).text
    assert translation.get_language() == "es"


def test_the_language_is_chosen_with_a_button_and_kept_with_the_user(world: World) -> None:
    client = signed_in(world.ana, "es")

    response = client.post("/language/", {"language": "en", "next": "/customers/"})

    assert response.headers["Location"] == "/customers/"
    assert User.objects.get(pk=world.ana.pk).language == "en"
    assert '<html lang="en"' in client.get("/customers/").content.decode()


def test_before_sign_in_the_language_is_kept_in_a_cookie(world: World) -> None:
    client = Client(headers={"accept-language": "es"})

    client.post("/language/", {"language": "en", "next": "/sign-in/"})

    assert '<html lang="en"' in client.get("/sign-in/").content.decode()


@pytest.mark.parametrize("following", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_no_other_site_can_be_the_next_page(following: str, db: None) -> None:
    response = Client().post("/language/", {"language": "en", "next": following})

    assert response.headers["Location"] == "/"


def test_an_unknown_language_changes_nothing(world: World) -> None:
    client = signed_in(world.ana, "es")

    client.post("/language/", {"language": "xx", "next": "/"})

    assert User.objects.get(pk=world.ana.pk).language == "es"


def test_one_signs_in_and_lands_on_ones_own_activities_and_signs_out(world: World) -> None:
    client = Client()
    assert client.get("/customers/").headers["Location"] == "/sign-in/?next=/customers/"

    response = client.post("/sign-in/", {"username": "ANA", "password": PASSWORD}, follow=True)

    assert response.status_code == 200
    assert response.request["PATH_INFO"] == "/activities/"
    assert "assignee=me" in response.request["QUERY_STRING"]
    client.post("/sign-out/")
    assert client.get("/customers/").status_code == 302


def test_a_wrong_password_is_refused_in_words(world: World) -> None:
    response = Client().post("/sign-in/", {"username": "ana", "password": "something else"})

    assert response.status_code == 200
    assert "alert" in Page.of(response).attribute("role")


def test_a_password_link_serves_once(world: World) -> None:
    client = Client()
    link = password_link(world.luis)
    form = client.get(link, follow=True)
    assert faults(form) == []
    address = form.redirect_chain[-1][0]

    response = client.post(address, {"new_password1": "another-stitch-9", "new_password2": "another-stitch-9"})

    assert response.headers["Location"] == "/"
    assert User.objects.get(pk=world.luis.pk).check_password("another-stitch-9")
    assert client.get("/customers/").status_code == 200
    used = Client().get(link)
    assert used.status_code == 200
    assert "new_password1" not in Page.of(used).data


def test_the_menu_shows_the_kinds_that_one_may_see_and_marks_where_one_is(world: World) -> None:
    page = Page.of(signed_in(world.ana).get("/customers/"))

    current = [tag.attributes.get("href") for tag in page.tags if tag.attributes.get("aria-current") == "page"]
    assert "/customers/" in current
    assert "/activities/" not in current
    assert {f"/{kind.path}/{page}" for kind in kinds for page in ("", "new")} <= page.links


def test_who_may_not_create_is_not_offered_it_and_is_refused(world: World) -> None:
    client = signed_in(world.eva)

    assert "/customers/new" not in Page.of(client.get("/customers/")).links
    refused = client.get("/customers/new")
    assert refused.status_code == 403
    assert faults(refused) == []


def test_a_form_without_its_token_is_refused_in_words(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ana)

    response = client.post("/customers/new", {"title": "Sin permiso"})

    assert response.status_code == 403
    assert faults(response) == []


def test_messages_stand_on_the_page_after_the_change(world: World) -> None:
    client = signed_in(world.ana)
    data = Page.of(client.get("/customers/new")).data

    response = client.post("/customers/new", {**data, "title": "Gestoría Pilar"}, follow=True)

    record = Record.objects.get(kind="customer")
    assert f"{record.number} has been created." in Page.of(response).text


def test_static_files_are_collected_once_and_anew_after_a_change(
    tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"  # type: ignore[attr-defined]
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

    assert staticfiles.collect() is True
    assert staticfiles.collect() is False
    names = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    assert (tmp_path / "static" / names["web/hilvan.css"]).is_file()
    monkeypatch.setattr(staticfiles, "__version__", "another")
    assert staticfiles.collect() is True
