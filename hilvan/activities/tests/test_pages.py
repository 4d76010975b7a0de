"""The pages of activities: list, board, the activity's own page and what its buttons do."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from hilvan.activities import statebar
from hilvan.activities.models import Activity, State
from hilvan.activities.services import archive_activity, change_activity, defer, results_of, transition
from hilvan.activities.words import told
from hilvan.people.models import User
from hilvan.records.history import Actor, entries
from hilvan.records.models import Record
from tests.api.client import Program
from tests.pages import Page
from tests.world import World, at, standing

LIST, BOARD = "/activities/", "/activities/board"


def signed_in(user: User, language: str = "en") -> Client:
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def subjects(response: Any) -> list[str]:
    return [row["subject"] for row in response.context["rows"]]


def lanes(response: Any) -> dict[str, tuple[int, list[str]]]:
    return {
        lane["state"]: (lane["count"], [card["subject"] for card in lane["cards"]])
        for lane in response.context["lanes"]
    }


def page_of(record: Record) -> str:
    return f"/activities/{record.number}"


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_answers_in_both_languages(world: World, language: str) -> None:
    record = world.activity(assignee=world.luis, description="Traer el plano")
    client = signed_in(world.ana, language)
    urls = [LIST, BOARD, page_of(record), "/activities/new", f"{page_of(record)}/edit", f"{page_of(record)}/defer"]
    urls += [f"{page_of(record)}/transition/{to}" for to in ("in_progress", "on_hold", "closed")]
    for url in [*urls, f"{page_of(record)}/assign", f"/activities/new?origin={record.number}"]:
        response = client.get(url)
        assert response.status_code == 200, url
        assert f'<html lang="{language}"' in response.content.decode(), url


def test_the_list_filters_by_state_assignee_team_type_origin_and_text(world: World) -> None:
    root = world.activity("Presupuesto de la caldera", assignee=world.luis)
    world.activity("Llamar a Núñez", assignee=world.ana, type="call", origin=root)
    world.activity("Recoger la pieza", team=world.ventas)
    closed = world.activity("Visita hecha", assignee=world.ana, type="visit")
    transition(closed, actor=world.actor(), to="closed")
    client = signed_in(world.ana)

    def found(**asked: Any) -> set[str]:
        return set(subjects(client.get(LIST, asked)))

    assert found() == {"Presupuesto de la caldera", "Llamar a Núñez", "Recoger la pieza"}
    assert found(state="all") == {*found(), "Visita hecha"}
    assert found(state="closed") == {"Visita hecha"}
    assert found(assignee="me") == {"Llamar a Núñez"}
    assert found(assignee="nobody", team="mine") == {"Recoger la pieza"}
    assert found(assignee=world.luis.pk) == {"Presupuesto de la caldera"}
    assert found(type="call") == {"Llamar a Núñez"}
    assert found(origin=root.number) == {"Llamar a Núñez"}
    assert found(q="nunez llamar") == {"Llamar a Núñez"}
    assert found(q=root.number) == {"Presupuesto de la caldera"}


def test_the_list_filters_by_dates_deferred_and_archived(world: World) -> None:
    def noon(day: str) -> dt.datetime:
        return dt.datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=world.ana.zone)

    world.activity("Hoy", start_at=noon("2031-05-05"), end_at=noon("2031-05-05"))
    midnight = dt.datetime(2031, 5, 7, tzinfo=world.company.zone)
    world.activity("Todo el 6", start_at=midnight - dt.timedelta(days=1), end_at=midnight, all_day=True)
    world.activity("Aplazada", start_at=noon("2031-06-01"), end_at=noon("2031-06-02"), deferred=True)
    archive_activity(world.activity("Archivada"), actor=world.actor())
    client = signed_in(world.ana)

    assert subjects(client.get(LIST, {"end_until": "2031-05-06"})) == ["Hoy", "Todo el 6"]
    assert subjects(client.get(LIST, {"end_from": "2031-05-06", "end_until": "2031-05-06"})) == ["Todo el 6"]
    assert subjects(client.get(LIST, {"end_from": "2031-05-07"})) == ["Aplazada"]
    assert subjects(client.get(LIST, {"start_from": "2031-05-06", "start_until": "2031-06-01"})) == [
        "Todo el 6",
        "Aplazada",
    ]
    assert subjects(client.get(LIST, {"deferred": "yes"})) == ["Aplazada"]
    assert subjects(client.get(LIST, {"deferred": "no"})) == ["Hoy", "Todo el 6"]
    assert subjects(client.get(LIST, {"archived": "on"})) == ["Hoy", "Todo el 6", "Aplazada", "Archivada"]


def test_a_list_goes_on_by_key_and_tells_how_many_there_are(world: World) -> None:
    for n in range(53):
        world.activity(f"Tarea {n:02}")
    client = signed_in(world.ana)
    first = client.get(LIST, {"order": "subject"})
    second = client.get(LIST, {"order": "subject", "cursor": first.context["next"]})

    assert "50 of 53" in text(first)
    assert subjects(first) + subjects(second) == [f"Tarea {n:02}" for n in range(53)]
    assert second.context["next"] is None


@pytest.mark.parametrize(
    "asked",
    [
        {"as_of": "2999-01-01T00:00"},
        {"as_of": "yesterday"},
        {"origin": "ACT-2020-999999"},
        {"end_from": "31/31/2031"},
        {"state": "lost"},
        {"assignee": "99999999999999999999"},
        {"order": "colour"},
        {"cursor": "%00"},
        {"q": "\x00"},
    ],
)
def test_what_can_not_be_asked_is_said_and_shows_no_rows(world: World, asked: dict[str, str]) -> None:
    world.activity()
    response = signed_in(world.ana).get(LIST, asked)
    assert response.status_code == 422
    assert "These filters can't be used" in text(response)
    assert "Llamar a Marta" not in text(response)


def test_the_board_has_a_column_for_each_state_with_its_exact_count(world: World) -> None:
    for n in range(52):
        world.activity(f"Nueva {n:02}", end_at=at("2031-01-01T00:00Z") + dt.timedelta(days=n))
    held = world.activity("Espera")
    transition(held, actor=world.actor(), to="on_hold", reason="part")
    for name in ("Primera", "Segunda"):
        transition(world.activity(name), actor=world.actor(), to="closed")
    response = signed_in(world.ana).get(BOARD)

    columns = lanes(response)
    assert columns["new"] == (52, [f"Nueva {n:02}" for n in range(30)])
    assert columns["on_hold"] == (1, ["Espera"])
    assert columns["in_progress"] == (0, [])
    assert columns["closed"] == (2, ["Segunda", "Primera"])
    assert "22 more, in the list" in text(response)
    filtered = lanes(signed_in(world.ana).get(BOARD, {"q": "espera"}))
    assert {state: count for state, (count, _cards) in filtered.items() if count} == {"on_hold": 1}


def test_list_board_and_page_as_of_an_instant_show_what_was_then(committed_world: World) -> None:
    world = committed_world
    record = world.activity("Llamar a Marta", assignee=world.luis, description="El plazo")
    world.activity("Otra")
    then = timezone.now()
    change_activity(record, actor=world.actor(), subject="Llamar a Lucía", description="Otro plazo", assignee=world.ana)
    transition(record, actor=world.actor(), to="closed")
    world.activity("Más tarde")
    client, asked = signed_in(world.ana), {"as_of": then.isoformat()}

    assert set(subjects(client.get(LIST, asked))) == {"Llamar a Marta", "Otra"}
    assert set(subjects(client.get(LIST))) == {"Otra", "Más tarde"}
    board = client.get(BOARD, asked)
    assert (lanes(board)["new"][0], set(lanes(board)["new"][1])) == (2, {"Llamar a Marta", "Otra"})
    assert lanes(board)["closed"] == (0, [])
    assert b"/transition/" not in board.content
    for row in client.get(LIST, asked).context["rows"]:
        assert row["url"].endswith("?as_of=" + then.isoformat().replace(":", "%3A").replace("+", "%2B"))

    page = client.get(page_of(record), asked)
    assert "Situation as of" in text(page)
    assert "So recent that it may still change" in text(page)
    assert page.context["activity"]["subject"] == "Llamar a Marta"
    assert page.context["activity"]["assignee__name"] == "Luis Peña"
    assert page.context["description"] == "El plazo"
    assert [line["text"] for line in page.context["timeline"]["lines"]] == [
        "Notice to Luis Peña: assigned",
        "created it; assigned it to Luis Peña",
    ]
    assert "Llamar a Lucía" not in text(page)
    leading_on = {link for link in Page.of(page).links if link.startswith(f"{page_of(record)}/")}
    assert {link.partition("?")[0] for link in leading_on} <= {f"{page_of(record)}/timeline"}
    assert b'method="post" action="/activities' not in page.content


def test_a_page_before_the_birth_says_so_and_tells_nothing_else(committed_world: World) -> None:
    before = timezone.now()
    record = committed_world.activity("Secreto de hoy")
    response = signed_in(committed_world.ana).get(page_of(record), {"as_of": before.isoformat()})
    assert response.status_code == 404
    assert "It did not exist yet" in text(response)
    assert "Secreto" not in text(response)


def test_an_instant_without_offset_is_on_the_clock_of_who_asks(world: World) -> None:
    User.objects.filter(pk=world.ana.pk).update(time_zone="Atlantic/Canary")
    response = signed_in(world.ana).get(LIST, {"as_of": "2025-12-31T12:00"})
    assert response.context["as_of"] == at("2025-12-31T12:00:00+00:00")
    assert "31/12/2025 12:00" in text(response)


def test_the_pages_cost_the_same_number_of_queries_for_one_row_and_for_fifty(world: World) -> None:
    client = signed_in(world.ana)
    root = world.activity("Raíz", assignee=world.ana)
    world.activity("Una otra", origin=root, assignee=world.luis, team=world.ventas)
    urls = [LIST, BOARD, page_of(root), f"{LIST}?origin={root.number}", f"{BOARD}?q=o"]
    urls += [f"{url}{'&' if '?' in url else '?'}as_of={timezone.now().isoformat().replace('+', '%2B')}" for url in urls]
    few = [queries_of(client, url) for url in urls]
    for n in range(50):
        world.activity(f"Otra {n}", origin=root, assignee=world.luis, team=world.ventas)
        change_activity(root, actor=world.actor(), subject=f"Raíz {n}")
    many = [queries_of(client, url) for url in urls]
    # Never more; a page may cost less where the newest lines of its timeline name fewer sorts of things.
    assert [min(pair) for pair in zip(many, few, strict=True)] == many


def test_what_one_may_not_see_is_not_found(world: World) -> None:
    record = world.activity("Confidencial", assignee=world.luis)
    for outsider in (world.zoe, world.eva):
        client = signed_in(outsider)
        for url in ("", "/edit", "/defer", "/assign", "/transition/closed"):
            assert client.get(page_of(record) + url).status_code == 404
        for url in ("/defer", "/assign", "/claim", "/transition/closed"):
            assert client.post(page_of(record) + url).status_code == 404
        for url in (LIST, BOARD):
            assert "Confidencial" not in text(client.get(url, {"q": "Confidencial"}))
        assert client.get(LIST, {"origin": record.number}).status_code == 422
        assert client.get(LIST, {"assignee": world.luis.pk}).status_code == (422 if outsider == world.zoe else 200)
    assert standing(record).state == State.NEW


def test_who_sees_an_activity_but_not_what_it_stands_on_reads_no_name_of_it(world: World) -> None:
    """Eva sees hers only; the customer is everybody's, the opportunity and the incident are Ana's."""
    customer = world.customer("Panadería Sol", phone="976 555 010")
    secret = world.opportunity("Compra confidencial", party=customer)
    record = world.activity("Llamar", origin=secret, assignee=world.eva)
    transition(record, actor=world.actor(), to="on_hold", reason="other", hold_for=world.incident("Secreto"))
    program, now = Program(world.eva), timezone.now().isoformat()
    told = [
        program.get("/activities")["items"][0],
        program.get("/activities", as_of=now)["items"][0],
        program.get(f"/activities/{record.number}"),
        program.get(f"/activities/{record.number}", as_of=now),
        *program.get(f"/activities/{record.number}/situations")["items"],
    ]
    for one in told:
        assert (one["origin"], one["party"]["number"]) == (None, customer.number)
        assert one["hold"] in (None, {"reason": "other", "for": None, "until": None})
    for url in (LIST, BOARD, page_of(record)):
        for asked in ({}, {"as_of": now}):
            page = text(signed_in(world.eva).get(url, asked))
            assert "Llamar" in page
            assert not {word for word in ("confidencial", secret.number, "Secreto") if word in page}
    assert "Compra confidencial" in text(signed_in(world.ana).get(page_of(record)))


def test_who_may_only_read_sees_no_buttons_and_can_change_nothing(world: World) -> None:
    record = world.activity()
    world.ana.role = world.company.roles.get(code="reader")
    world.ana.save(update_fields=["role"])
    client = signed_in(world.ana)
    assert b"/transition/" not in client.get(page_of(record)).content
    assert b"/transition/" not in client.get(BOARD).content
    assert client.post(f"{page_of(record)}/transition/closed").status_code == 403
    assert standing(record).state == State.NEW


def test_an_activity_goes_through_its_life_by_its_buttons(world: World) -> None:
    record = world.activity("Llamar a Marta", type="call")
    client = signed_in(world.ana)
    page = page_of(record)

    assert client.post(f"{page}/transition/in_progress")["Location"] == page
    until = (timezone.localtime(timezone.now(), world.ana.zone) + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    client.post(f"{page}/transition/on_hold", {"reason": "colleague", "hold_for": world.luis.pk, "until": until})
    activity = standing(record)
    assert (activity.state, activity.hold_reason, activity.hold_for_user) == ("on_hold", "colleague", world.luis)
    assert activity.hold_until is not None
    assert activity.hold_until.astimezone(world.ana.zone).strftime("%Y-%m-%dT%H:%M") == until

    refused = client.post(f"{page}/transition/closed", {"note": "Sale el buzón"})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["result"]
    assert "Sale el buzón" in text(refused)
    answered = results_of(world.type("call"))[0]
    closed = client.post(f"{page}/transition/closed", {"result": answered.pk, "note": "Acepta"})
    assert closed["Location"] == f"{page}?closed=1"
    assert "Closed: Answered. What comes next?" in text(client.get(closed["Location"]))

    assert client.post(f"{page}/transition/new", {"reason": ""}).status_code == 422
    client.post(f"{page}/transition/new", {"reason": "Volvió a fallar"})
    assert standing(record).state == State.NEW


def test_after_closing_the_next_activity_is_offered_prefilled(world: World) -> None:
    visit, call = world.type("visit"), world.type("call")
    call.next_type = visit
    call.save(update_fields=["next_type"])
    record = world.activity("Llamar a Marta", type="call")
    transition(record, actor=world.actor(), to="closed", result=results_of(call)[0])
    client = signed_in(world.ana)
    page = client.get(f"{page_of(record)}?closed=1")

    assert "Next activity: Visit" in text(page)
    form = client.get(f"/activities/new?origin={record.number}").context["form"]
    assert (form["type"].value(), form["subject"].value()) == (visit.pk, "Llamar a Marta")
    client.post(f"/activities/new?origin={record.number}", {"type": visit.pk, "subject": "Ver la caldera"})
    assert Activity.objects.get(subject="Ver la caldera").origin_id == record.pk
    assert "Ver la caldera" in text(client.get(page_of(record)))


def test_a_change_of_state_that_is_not_allowed_says_what_is(world: World) -> None:
    record = world.activity()
    transition(record, actor=world.actor(), to="closed")
    response = signed_in(world.ana).post(f"{page_of(record)}/transition/on_hold", {"reason": "customer"})
    assert response.status_code == 422
    assert "can go to “In progress”, “New”, not to “On hold”." in text(response)
    assert standing(record).state == State.CLOSED
    assert signed_in(world.ana).get(f"{page_of(record)}/transition/lost").status_code == 404


def test_htmx_gets_the_dialog_and_then_the_way_back(world: World) -> None:
    record = world.activity()
    client = signed_in(world.ana)
    dialog = client.get(f"{page_of(record)}/transition/on_hold?next={BOARD}", headers={"HX-Request": "true"})
    assert b"<html" not in dialog.content
    assert b'hx-target="#action"' in dialog.content
    answer = client.post(
        f"{page_of(record)}/transition/on_hold",
        {"reason": "customer", "next": BOARD},
        headers={"HX-Request": "true"},
    )
    assert answer["HX-Redirect"] == BOARD
    abroad = client.post(f"{page_of(record)}/transition/in_progress", {"next": "https://bad.example/"})
    assert abroad["Location"] == page_of(record)


def test_a_deferral_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed(world: World) -> None:
    record = world.activity()
    client = signed_in(world.ana)
    response = client.post(
        f"{page_of(record)}/defer",
        {"start_at_date": "2031-05-05", "start_at_time": "10:00", "end_at_date": "", "end_at_time": "", "reason": "x"},
    )
    assert response.status_code == 422
    assert response.context["form"].errors == {"end_at": ["A deferred activity needs its start and its end."]}
    assert b'value="2031-05-05"' in response.content
    assert b'value="10:00"' in response.content
    assert standing(record).deferrals == 0

    days = {"start_at_date": "2031-05-05", "end_at_date": "2031-05-06", "reason": "Piden plazo"}
    assert client.post(f"{page_of(record)}/defer", days)["Location"] == page_of(record)
    activity = standing(record)
    assert (activity.deferred, activity.all_day, activity.deferrals) == (True, True, 1)
    assert activity.end_at == dt.datetime(2031, 5, 7, tzinfo=world.company.zone)


def test_deferred_at_birth_demands_both_dates_beside_the_fields(world: World) -> None:
    client = signed_in(world.ana)
    typed = {"type": world.type().pk, "subject": "Revisar la caldera", "deferred": "on", "end_at_time": "11:00"}
    response = client.post("/activities/new", typed)
    assert response.status_code == 422
    assert "Give the day, too." in text(response)
    assert set(response.context["form"].errors) == {"end_at"}
    del typed["end_at_time"]
    response = client.post("/activities/new", typed)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"start_at", "end_at"}
    assert b'value="Revisar la caldera"' in response.content
    assert not Activity.objects.exists()


def test_what_starts_from_nothing_is_ones_own_until_said_otherwise(world: World) -> None:
    form = signed_in(world.ana).get("/activities/new").context["form"]
    assert form["assignee"].value() in {world.ana.pk, world.ana}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_an_absurd_year_is_refused_beside_the_field(world: World, day: str) -> None:
    typed = {"type": world.type().pk, "subject": "Revisar la caldera", "end_at_date": day}
    response = signed_in(world.ana).post("/activities/new", typed)
    assert response.status_code == 422
    assert "Check the year." in text(response)
    assert set(response.context["form"].errors) == {"end_at"}


def test_what_waits_for_the_team_is_claimed_by_who_comes_first(world: World) -> None:
    record = world.activity(team=world.ventas)
    assert "I take it" in text(signed_in(world.luis).get(page_of(record)))
    signed_in(world.luis).post(f"{page_of(record)}/claim")
    assert standing(record).assignee == world.luis
    second = signed_in(world.ana).post(f"{page_of(record)}/claim")
    assert second.status_code == 422
    assert "Luis Peña has already taken it." in text(second)
    assert standing(record).assignee == world.luis


def test_before_saving_it_is_said_who_will_be_told(world: World, settings: Any) -> None:
    settings.EMAIL_URL = "smtp://mail.example"
    record = world.activity(assignee=world.luis)
    client = signed_in(world.ana)

    def told(**asked: Any) -> str:
        return text(client.get("/activities/told", asked)).strip()

    assert told(assignee=world.luis.pk) == "Luis will be told by mail, now."
    assert told(assignee=world.ana.pk) == "No mail: you assign it to yourself."
    assert told(assignee=world.luis.pk, activity=record.number) == "Nobody will be told: it is Luis’s already."
    assert told(assignee=world.zoe.pk) == told(assignee="") == told(assignee="x") == ""


def test_the_panel_of_a_record_shows_what_stands_on_it_open_first(world: World) -> None:
    root = world.activity("Raíz")
    done = world.activity("Hecha", origin=root)
    transition(done, actor=world.actor(), to="closed")
    world.activity("Por hacer", origin=root)
    page = text(signed_in(world.ana).get(page_of(root)))
    assert "Follow-ups 1 open" in page
    assert page.index("Por hacer") < page.index("Hecha")


def test_a_filter_by_htmx_gets_the_rows_with_tabs_and_tools(world: World) -> None:
    world.activity("Llamar a Marta")
    response = signed_in(world.ana).get(LIST, {"q": "marta", "state": ""}, headers={"HX-Request": "true"})
    content = response.content.decode()
    assert "<html" not in content
    assert "Llamar a Marta" in content
    assert 'id="tools" hx-swap-oob="true"' in content
    assert response["HX-Push-Url"] == "/activities/?q=marta"


def test_the_history_tells_a_typical_life_in_plain_words(committed_world: World) -> None:
    world = committed_world
    boss = Actor.of(world.jefa, world.actor().channel)
    record = world.activity("Llamar a Marta", type="call", team=world.ventas)
    act = world.actor(world.luis)
    change_activity(record, actor=act, assignee=world.luis)
    transition(record, actor=act, to="in_progress")
    transition(record, actor=act, to="on_hold", reason="customer", until=at("2031-05-05T08:00:00Z"), note="Está fuera")
    transition(record, actor=act, to="in_progress")
    defer(
        record,
        actor=act,
        start_at=at("2031-05-06T08:00:00Z"),
        end_at=at("2031-05-06T08:15:00Z"),
        reason="Piden plazo",
    )
    change_activity(record, actor=boss, subject="Llamar a Marta Ruiz", priority=2, description="Con el plano")
    change_activity(record, actor=boss, assignee=world.ana, team=None)
    Activity.objects.filter(pk=record.pk).update(place="Zaragoza")  # by SQL, without an actor
    transition(record, actor=world.actor(), to="closed", result=results_of(world.type("call"))[0], note="Acepta")
    transition(record, actor=world.actor(), to="new", reason="Se arrepiente")
    archive_activity(record, actor=world.actor())

    with translation.override("en"):
        written = entries(record)
        lines = [
            (line["actor"], line["text"], line["detail"], entry.note)
            for line, entry in zip(told(written, world.ana), written, strict=True)
        ][::-1]
    assert lines == [
        ("Ana Gil", "created it; gave it to the team Ventas", "(screen)", ""),
        ("Luis Peña", "took it", "(screen)", ""),
        ("Luis Peña", "began it", "(screen)", ""),
        ("Luis Peña", "put it on hold, waiting for: customer, until 05/05/2031 10:00", "(screen)", "Está fuera"),
        ("Luis Peña", "resumed it", "(screen)", ""),
        ("Luis Peña", "deferred it to 06/05/2031 10:00 – 06/05/2031 10:15", "(screen)", "Piden plazo"),
        (
            "Josefa Ruiz",
            "changed subject: “Llamar a Marta” → “Llamar a Marta Ruiz”; priority: Normal → High; description",
            "(screen)",
            "",
        ),
        ("Josefa Ruiz", "assigned it to Ana Gil; took it away from the team Ventas", "(screen)", ""),
        ("Somebody", "changed place or video link: — → “Zaragoza”", "(SQL)", ""),
        ("Ana Gil", "closed it: Answered", "(screen)", "Acepta"),
        ("Ana Gil", "reopened it as new", "(screen)", "Se arrepiente"),
        ("Ana Gil", "archived it", "(screen)", ""),
    ]


def test_the_state_bar_adds_up_to_the_whole_life(committed_world: World) -> None:
    world = committed_world
    record = world.activity()
    for to, reason in (("in_progress", ""), ("on_hold", "part"), ("in_progress", ""), ("closed", "")):
        transition(record, actor=world.actor(), to=to, reason=reason)
        change_activity(record, actor=world.actor(), subject=f"Tras {to}")  # same state: the same segment
    until = timezone.now()
    with translation.override("en"):
        bar = statebar.segments(record, until)

    assert [(one.state, one.reason) for one in bar] == [
        ("new", ""),
        ("in_progress", ""),
        ("on_hold", "part"),
        ("in_progress", ""),
        ("closed", ""),
    ]
    assert bar[0].start == Record.objects.get(pk=record.pk).changes.earliest("at").at
    assert sum((one.lasted for one in bar), dt.timedelta()) == until - bar[0].start
    assert round(sum(one.percent_width for one in bar), 1) == 100
    assert [one.percent_x for one in bar] == sorted(one.percent_x for one in bar)
    assert bar[-1].duration_label.startswith("since ")


def test_the_state_bar_gives_each_state_its_share_and_even_the_shortest_can_be_seen() -> None:
    start = at("2031-05-05T08:00:00Z")
    hour = dt.timedelta(hours=1)
    stays = [("new", "", start), ("in_progress", "", start + hour), ("new", "", start + hour + dt.timedelta(seconds=1))]
    bar = statebar.lay_out(stays, start + 3 * hour)
    assert bar[0].duration_label == "1 h"
    assert [round(one.percent_width, 1) for one in bar] == [33.3, 1.5, 65.2]
    seconds = [start + dt.timedelta(seconds=n) for n in range(600)]
    many = statebar.lay_out([("new" if n % 2 else "on_hold", "", one) for n, one in enumerate(seconds)], start + hour)
    assert round(sum(one.percent_width for one in many), 1) == 100
