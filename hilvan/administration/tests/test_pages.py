"""The pages of administration: who may see them, and what they change."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import get_connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from hilvan.notifications import delivery
from hilvan.notifications.models import Notice, Reason, State
from hilvan.notifications.tests.conftest import mail_server as mail_server
from hilvan.notifications.tests.mailserver import MailServer
from hilvan.people.administering import change_company, change_user, put_active, put_role, put_team
from hilvan.people.models import Role, Team, User
from hilvan.people.permissions import Action, Scope
from hilvan.people.services import create_token, create_user, user_of_token
from tests.pages import Page, faults, signed_in
from tests.world import World

PAGES = [
    "users/", "users/?inactive", "users/new", "users/{ana}", "teams/", "teams/new", "teams/{ventas}", "roles/",
    "roles/new", "roles/{member}", "company/", "mail/", "activity-types/", "activity-types/new",
    "activity-types/{call}", "activity-types/results/new", "activity-types/{call}/results/new",
]  # fmt: skip
VERBS = ["users/{ana}/active", "users/{ana}/invite", "users/{ana}/link", "mail/test"]


def address(world: World, page: str) -> str:
    keys = {
        "ana": world.ana.pk,
        "ventas": world.ventas.pk,
        "member": world.ana.role_id,
        "call": world.type("call").pk,
    }
    return "/administration/" + page.format(**keys)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_an_administrator_sees_each_page_and_others_none(world: World, page: str, language: str) -> None:
    shown = signed_in(world.jefa, language).get(address(world, page))
    assert shown.status_code == 200
    assert faults(shown) == []
    for other in (world.ana, world.eva):
        assert signed_in(other).get(address(world, page)).status_code == 403
        assert signed_in(other).post(address(world, page)).status_code == 403
    assert Client().get(address(world, page)).status_code == 302


@pytest.mark.parametrize("page", VERBS)
def test_what_buttons_do_only_an_administrator_does(world: World, page: str) -> None:
    assert signed_in(world.ana).post(address(world, page), {"active": "0"}).status_code == 403
    assert User.objects.get(pk=world.ana.pk).is_active
    assert not Notice.objects.exists()
    assert signed_in(world.jefa).get(address(world, page)).status_code == 405


@pytest.mark.parametrize("page", [page for page in (*PAGES, *VERBS) if "{" in page])
def test_what_is_another_companys_does_not_exist(world: World, page: str) -> None:
    administrator = Role.objects.get(company=world.other_company, code="administrator")
    User.objects.filter(pk=world.zoe.pk).update(role=administrator)
    client = signed_in(world.zoe)
    if page not in VERBS:
        assert client.get(address(world, page)).status_code == 404
    assert client.post(address(world, page), {"active": "0"}).status_code == 404
    assert User.objects.get(pk=world.ana.pk).is_active
    assert "Ana Gil" not in client.get("/administration/users/").content.decode()


def test_the_menu_has_administration_for_who_administers(world: World) -> None:
    assert "/administration/users/" in Page.of(signed_in(world.jefa).get("/profile/")).links
    assert not any("administration" in link for link in Page.of(signed_in(world.ana).get("/profile/")).links)


def test_a_new_user_is_invited_by_mail_chooses_a_password_and_is_in(
    world: World, mail_server: MailServer, settings: Settings
) -> None:
    client = signed_in(world.jefa)
    data = Page.of(client.get("/administration/users/new")).data
    assert data["role"] == str(world.ana.role_id)
    sent = {**data, "name": "Nora Gil", "username": "nora", "email": "nora@ebro.example", "language": "en"}
    answer = client.post("/administration/users/new", {**sent, "teams": [world.ventas.pk]})

    nora = User.objects.get(username="nora")
    assert answer.headers["Location"] == f"/administration/users/{nora.pk}"
    assert (nora.role.code, list(nora.teams.all()), nora.has_usable_password()) == ("member", [world.ventas], False)
    [notice] = delivery.claim(9, now=timezone.now())
    delivery.deliver(notice, get_connection())
    mail = mail_server.next()
    assert str(mail["Subject"]) == "Your account in Hilván · Talleres Ebro S.L."
    assert "Josefa Ruiz" in str(mail["From"])
    body = mail.get_body(("plain",))
    assert body is not None
    [link] = [line for line in body.get_content().splitlines() if line.startswith(f"{settings.BASE_URL}/password/")]

    person = Client()
    form = person.get(link.removeprefix(settings.BASE_URL), follow=True).redirect_chain[-1][0]
    person.post(form, {"new_password1": "another-stitch-9", "new_password2": "another-stitch-9"})
    assert person.get("/activities/").status_code == 200

    client.post(f"/administration/users/{nora.pk}/invite")
    assert list(Notice.objects.order_by("id").values_list("reason", "state")) == [
        (Reason.INVITATION, State.SENT),
        (Reason.PASSWORD, State.QUEUED),
    ]
    page = client.get(f"/administration/users/{nora.pk}")
    assert "Invitation" in Page.of(page).text
    shown = client.get(f"/notices/{notice.uuid}")
    assert shown.status_code == 200
    assert faults(shown) == []
    assert link not in shown.content.decode()
    assert client.get("/notices/").status_code == 200


def test_without_a_mail_server_the_link_is_handed_over(world: World, settings: Settings) -> None:
    settings.EMAIL_URL = ""
    nora = create_user(company=world.company, username="nora", email="", name="Nora Gil")
    answer = signed_in(world.jefa).post(f"/administration/users/{nora.pk}/link")
    assert faults(answer) == []
    link = answer.context["link"].removeprefix(settings.BASE_URL)
    assert "new_password1" in Page.of(Client().get(link, follow=True)).data
    put_active(nora, by=world.jefa, active=False)
    assert signed_in(world.jefa).post(f"/administration/users/{nora.pk}/link").status_code == 404


def test_a_user_is_changed_and_what_is_wrong_is_said_beside_its_field(world: World) -> None:
    client = signed_in(world.jefa)
    page = f"/administration/users/{world.eva.pk}"
    data = {**Page.of(client.get(page)).data, "name": "Eva S.", "username": "evas", "teams": [world.ventas.pk]}
    assert client.post(page, data).status_code == 302
    eva = User.objects.get(pk=world.eva.pk)
    assert (eva.name, eva.username, list(eva.teams.all())) == ("Eva S.", "evas", [world.ventas])

    refused = client.post(page, {**data, "username": "ANA"})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["username"]
    foreign = Role.objects.get(company=world.other_company, code="administrator")
    assert list(client.post(page, {**data, "role": foreign.pk}).context["form"].errors) == ["role"]
    client.post(page, {name: value for name, value in data.items() if name != "teams"})
    assert not eva.teams.exists()


def test_who_is_deactivated_is_out_at_once_and_comes_back_as_before(world: World) -> None:
    theirs, token = signed_in(world.ana), create_token(world.ana)
    client = signed_in(world.jefa)
    client.post(f"/administration/users/{world.ana.pk}/active", {"active": "0"})
    assert theirs.get("/activities/").status_code == 302
    assert user_of_token(token) is None
    assert world.ana not in client.get("/administration/users/").context["users"]
    assert client.get("/administration/users/?inactive").context["users"] == [world.ana]

    client.post(f"/administration/users/{world.ana.pk}/active", {"active": "1"})
    assert user_of_token(token) == world.ana
    assert list(world.ana.teams.all()) == [world.ventas]


def test_the_last_who_administers_stays(world: World) -> None:
    jefa, member, administrator = world.jefa, world.ana.role, world.jefa.role
    invited = create_user(company=world.company, username="nora", email="", role="administrator")
    fields = {name: getattr(jefa, name) for name in ("name", "username", "email", "language", "time_zone")}
    with pytest.raises(ValidationError) as refused:
        put_active(User.objects.get(pk=jefa.pk), by=jefa, active=False)
    assert refused.value.code == "last_administrator"
    with pytest.raises(ValidationError) as refused:
        change_user(User.objects.get(pk=jefa.pk), by=jefa, role=member, teams=[], **fields)
    assert list(refused.value.message_dict) == ["role"]
    with pytest.raises(ValidationError) as refused:
        put_role(
            Role.objects.get(pk=administrator.pk), by=jefa, name="", administers=False, grants=administrator.grants
        )
    assert list(refused.value.message_dict) == ["administers"]
    answer = signed_in(jefa, "en").post(f"/administration/users/{jefa.pk}/active", {"active": "0"}, follow=True)
    assert "somebody else first" in Page.of(answer).text
    jefa.refresh_from_db()
    administrator.refresh_from_db()
    assert (jefa.is_active, jefa.role, administrator.administers) == (True, administrator, True)

    invited.set_password("another-stitch-9")
    invited.save()
    put_active(jefa, by=jefa, active=False)
    assert not User.objects.get(pk=jefa.pk).is_active


def test_services_refuse_who_does_not_administer_and_what_is_anothers(world: World) -> None:
    for refused in (
        lambda: put_active(world.luis, by=world.ana, active=False),
        lambda: put_active(world.zoe, by=world.jefa, active=False),
        lambda: put_team(None, by=world.ana, name="Nuevo", members=[]),
        lambda: put_team(None, by=world.jefa, name="Nuevo", members=[world.zoe]),
        lambda: put_role(world.ana.role, by=world.ana, name="", administers=True, grants={}),
        lambda: change_company(by=world.ana, name="X", tax_id="", language="es", time_zone="UTC"),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert User.objects.filter(is_active=False).count() == 0
    assert Team.objects.count() == 1


def test_a_team_is_made_and_its_members_changed(world: World) -> None:
    client = signed_in(world.jefa)
    client.post("/administration/teams/new", {"name": "Soporte", "members": [world.eva.pk, world.ana.pk]})
    team = Team.objects.get(name="Soporte")
    assert set(team.members.all()) == {world.eva, world.ana}
    page = f"/administration/teams/{team.pk}"
    assert client.post(page, {"name": "Taller", "members": [world.luis.pk], "active": ""}).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.is_active, list(team.members.all())) == ("Taller", False, [world.luis])

    refused = client.post(page, {"name": "Ventas", "members": [], "active": "on"})
    assert list(refused.context["form"].errors) == ["name"]
    assert list(team.members.all()) == [world.luis]


def test_a_role_is_shown_saved_as_it_was_and_changed_as_a_matrix(world: World) -> None:
    client = signed_in(world.jefa)
    for role in Role.objects.filter(company=world.company):
        page = f"/administration/roles/{role.pk}"
        data = Page.of(client.get(page)).data
        assert client.post(page, data).status_code == 302
        after = Role.objects.get(pk=role.pk)
        assert after.administers == role.administers
        assert (after.name, str(after)) == ("", str(role))
        for kind in ("customer", "activity", "incident"):
            for action in Action:
                before, now = role.scope(kind, action), after.scope(kind, action)
                assert now == before or (action is Action.CREATE and {now, before} <= {Scope.ALL, Scope.TEAM})

    page = f"/administration/roles/{world.ana.role_id}"
    data = {**Page.of(client.get(page)).data, "all-view": "own", "customer-view": "all", "customer-create": "none"}
    assert client.post(page, data).status_code == 302
    role = Role.objects.get(pk=world.ana.role_id)
    assert role.scope("incident", Action.VIEW) is Scope.OWN
    assert role.scope("customer", Action.VIEW) is Scope.ALL
    assert role.scope("customer", Action.CREATE) is Scope.NONE
    assert role.scope("customer", Action.CHANGE) is Scope.ALL
    assert client.post(page, {**data, "customer-view": "king"}).status_code == 422


def test_a_new_role_starts_as_a_members_and_needs_a_name(world: World) -> None:
    client = signed_in(world.jefa)
    data = Page.of(client.get("/administration/roles/new")).data
    assert client.post("/administration/roles/new", {**data, "name": ""}).status_code == 422
    for _ in range(2):
        assert client.post("/administration/roles/new", {**data, "name": "Comercial junior"}).status_code == 302
    roles = Role.objects.filter(name="Comercial junior").order_by("pk")
    assert [role.code for role in roles] == ["comercial-junior", "comercial-junior-2"]
    assert roles[0].grants == world.ana.role.grants


def test_the_company_is_changed_and_its_tax_identifier_judged(world: World) -> None:
    client = signed_in(world.jefa)
    data = Page.of(client.get("/administration/company/")).data
    sent = {**data, "name": "Ebro S.A.", "tax_id": "a-58818501", "notify_self": "on", "time_zone": "Atlantic/Canary"}
    assert client.post("/administration/company/", sent).status_code == 302
    world.company.refresh_from_db()
    company = world.company
    assert (company.name, company.tax_id, company.notify_self) == ("Ebro S.A.", "A58818501", True)
    refused = client.post("/administration/company/", {**sent, "tax_id": "A58818502"})
    assert list(refused.context["form"].errors) == ["tax_id"]
    world.company.refresh_from_db()
    assert world.company.tax_id == "A58818501"


def test_mail_settings_show_the_configuration_without_its_password(world: World, settings: Settings) -> None:
    settings.EMAIL_URL = "smtp+tls://hilvan:s3cret-word@mail.example:587"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "mail.example", 587
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "hilvan", "s3cret-word"
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = True, False
    page = signed_in(world.jefa).get("/administration/mail/").content.decode()
    assert "mail.example:587" in page
    assert "s3cret-word" not in page


@pytest.mark.parametrize("refusal", ["", "550 5.1.1 no such user", "451 4.7.1 come back later"])
def test_a_test_goes_through_the_ledger_and_the_page_shows_the_servers_words(
    world: World, mail_server: MailServer, refusal: str
) -> None:
    if refusal:
        mail_server.refusals["jefa@ebro.example"] = refusal
    client = signed_in(world.jefa)
    assert client.post("/administration/mail/test").headers["Location"] == "/administration/mail/"
    [notice] = delivery.claim(9, now=timezone.now())
    part = f"/administration/mail/test/{notice.uuid}"
    assert "hx-get" in client.get(part).content.decode()
    delivery.deliver(notice, get_connection())

    done = client.get(part).content.decode()
    assert "<html" not in done
    assert "hx-get" not in done
    assert refusal in done
    notice.refresh_from_db()
    assert notice.state == (State.FAILED if refusal else State.SENT)
    page = client.get("/administration/mail/")
    assert faults(page) == []
    assert refusal in page.content.decode()
    if not refusal:
        assert str(mail_server.next()["Subject"]) == "Hilván can send mail"


def test_a_test_is_ones_own_and_needs_a_server_and_an_address(world: World, settings: Settings) -> None:
    settings.EMAIL_URL = ""
    client = signed_in(world.jefa)
    assert "No mail server" in Page.of(client.post("/administration/mail/test", follow=True)).text
    assert not Notice.objects.exists()
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    client.post("/administration/mail/test")
    User.objects.filter(pk=world.luis.pk).update(role=world.jefa.role)
    part = f"/administration/mail/test/{Notice.objects.get().uuid}"
    assert signed_in(world.luis).get(part).status_code == 404


def test_the_list_of_users_costs_the_same_queries_for_few_and_many_and_pages_by_key(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(world.jefa)
    with django_assert_num_queries(4):  # session, user, page, teams
        client.get("/administration/users/")
    for n in range(120):
        create_user(company=world.company, username=f"u{n:03}", email="", name=f"Ñandú {n:03}")
    with django_assert_num_queries(4):
        first = client.get("/administration/users/")
    names = [user.name for user in first.context["users"]]
    second = client.get("/administration/users/" + first.context["next_url"])
    names += [user.name for user in second.context["users"]]
    assert len(names) == 124
    assert names[:4] == ["Ana Gil", "Eva Soto", "Josefa Ruiz", "Luis Peña"]
    assert names[4:] == [f"Ñandú {n:03}" for n in range(120)]
    assert second.context["next_url"] == ""
    found = client.get("/administration/users/?q=nandu 007").context["users"]
    assert [user.name for user in found] == ["Ñandú 007"]
