"""The first page of an installation."""

from __future__ import annotations

import re
import threading

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from pytest_django import Settings

from hilvan.administration.models import FirstUseCode
from hilvan.administration.services import AlreadySetUp, check_code, is_first_use, new_code, set_up
from hilvan.people.models import Company, Guesses, User
from hilvan.people.services import create_user, password_link
from hilvan.records.services import found_company
from tests.pages import Page, faults
from tests.world import PASSWORD, World

GIVEN = {
    "company": "Talleres Ebro S.L.",
    "tax_id": "b-58.378.431",
    "language": "en",
    "time_zone": "Atlantic/Canary",
    "name": "Josefa Ruiz",
    "username": "jefa",
    "email": "jefa@ebro.example",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture
def company(db: None) -> Company:
    """What `hilvan migrate` makes."""
    return found_company(name="Mi empresa")


def test_every_address_leads_to_the_first_page_but_links_languages_and_programs(company: Company) -> None:
    client = Client()
    for address in ("/", "/sign-in/", "/customers/", "/nothing", "/forgotten-password/", "/profile/"):
        assert client.get(address).headers["Location"] == "/first-use/"
    assert client.post("/sign-in/", {"username": "a", "password": "b"}).headers["Location"] == "/first-use/"
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/language/", {"language": "en", "next": "/first-use/"}).status_code == 302
    link = password_link(create_user(company=company, username="nora", email="", role="administrator"))
    assert client.get(link, follow=True).redirect_chain[-1][0].endswith("/set-password/")

    page = client.get("/first-use/")
    assert page.status_code == 200
    assert faults(page) == []
    assert Page.of(page).data["time_zone"] == settings.TIME_ZONE


def test_the_company_that_migrate_made_is_completed_and_its_administrator_signed_in(company: Company) -> None:
    client = Client()
    answer = client.post("/first-use/", {**GIVEN, "code": new_code().lower()})

    assert answer.headers["Location"] == "/"
    company.refresh_from_db()
    assert (company.name, company.tax_id, company.language, company.time_zone) == (
        "Talleres Ebro S.L.",
        "B58378431",
        "en",
        "Atlantic/Canary",
    )
    assert Company.objects.count() == 1
    jefa = User.objects.get()
    assert (jefa.company, jefa.username, jefa.name, jefa.role.code) == (company, "jefa", "Josefa Ruiz", "administrator")
    assert jefa.check_password(PASSWORD)
    assert client.get("/administration/users/").status_code == 200
    assert not FirstUseCode.objects.exists()

    later = Client()
    assert later.get("/first-use/").headers["Location"] == "/sign-in/"
    assert later.post("/first-use/", GIVEN).headers["Location"] == "/sign-in/"
    assert later.get("/customers/").headers["Location"] == "/sign-in/?next=/customers/"


def test_a_wrong_code_changes_nothing_keeps_what_was_typed_and_slows_down(company: Company) -> None:
    code = new_code()
    client = Client(headers={"accept-language": "en"})
    for _ in range(5):
        answer = client.post("/first-use/", {**GIVEN, "code": "AAAA-BBBB-CCCC"})
        assert answer.status_code == 422
        assert "This is not the code." in Page.of(answer).text
        assert Page.of(answer).data["company"] == GIVEN["company"]
    answer = client.post("/first-use/", {**GIVEN, "code": code})
    assert "Too many attempts." in Page.of(answer).text
    assert not User.objects.exists()
    company.refresh_from_db()
    assert company.name == "Mi empresa"

    Guesses.objects.all().delete()  # the pause is over
    assert client.post("/first-use/", {**GIVEN, "code": code}).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"tax_id": "B58378432"}, "tax_id"),
        ({"time_zone": "Europe/Zaragoza"}, "time_zone"),
        ({"password_again": "another"}, "password_again"),
        ({"password": "12345678", "password_again": "12345678"}, "password"),
        ({"username": "je fa"}, "username"),
        ({"email": "nobody"}, "email"),
        ({"company": " "}, "company"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    company: Company, wrong: dict[str, str], field: str
) -> None:
    answer = Client().post("/first-use/", {**GIVEN, **wrong, "code": new_code()})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not User.objects.exists()
    company.refresh_from_db()
    assert company.name == "Mi empresa"
    assert FirstUseCode.objects.exists()


def test_a_tax_identifier_of_elsewhere_is_not_judged_by_spanish_rules(company: Company) -> None:
    mexican = {"tax_id": "GODE561231GR8", "time_zone": "America/Mexico_City"}
    assert Client().post("/first-use/", {**GIVEN, **mexican, "code": new_code()}).status_code == 302
    company.refresh_from_db()
    assert company.tax_id == "GODE561231GR8"


def test_only_the_last_code_of_this_very_installation_is_good_and_only_its_digest_is_kept(
    company: Company, settings: Settings
) -> None:
    first, second = new_code(), new_code()
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){2}", second)
    assert second.replace("-", "") not in FirstUseCode.objects.get().digest
    with pytest.raises(ValidationError) as refused:
        check_code(first, address="192.0.2.1")
    assert refused.value.code == "wrong"
    settings.SECRET_KEY = "that of another installation, over a copy of the database"
    with pytest.raises(ValidationError) as refused:
        check_code(second, address="192.0.2.1")
    assert refused.value.code == "wrong"


def test_of_two_who_set_it_up_at_once_one_is_the_first(committed: None) -> None:
    found_company(name="Mi empresa")
    together, results = threading.Barrier(2), []

    def submit(username: str) -> None:
        together.wait()
        try:
            set_up(
                company={name: GIVEN[name] for name in ("tax_id", "language", "time_zone")} | {"name": username},
                administrator={"username": username, "name": username, "email": "", "password": PASSWORD},
            )
            results.append(username)
        except AlreadySetUp:
            results.append("late")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=submit, args=[name]) for name in ("una", "otra")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [winner] = [name for name in results if name != "late"]
    assert sorted(results) == sorted(["late", winner])
    assert list(User.objects.values_list("username", flat=True)) == [winner]
    assert Company.objects.get().name == winner


def test_it_is_no_first_use_once_somebody_can_sign_in(world: World) -> None:
    assert not is_first_use()
    User.objects.exclude(pk=world.ana.pk).update(is_active=False)
    assert not is_first_use()
    User.objects.update(is_active=False)
    assert is_first_use()
