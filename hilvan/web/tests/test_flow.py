"""The document flow drawn, and all in which a customer takes part."""

from __future__ import annotations

from django.utils import timezone

from hilvan.records.links import link, made_of
from hilvan.records.models import LinkKind, Record
from hilvan.records.services import archive
from hilvan.web.flow import ABREAST, Graph, flow_panel, takes_part_panel
from tests.pages import Page, signed_in
from tests.world import World


def graph(record: Record, world: World) -> Graph:
    panel = flow_panel(record, world.ana, None)
    assert panel is not None
    drawn: Graph = panel["graph"]
    return drawn


def rows(drawn: Graph) -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for node in drawn.nodes:
        found.setdefault(node.row, []).append(node.record.title)
    return [found[row] for row in sorted(found)]


def test_what_stands_alone_and_a_party_have_no_flow(world: World) -> None:
    customer = world.customer()
    alone = world.opportunity(party=customer, origin=customer)
    world.activity(origin=alone)
    assert flow_panel(alone, world.ana, None) is None
    assert flow_panel(customer, world.ana, None) is None


def test_each_stands_below_all_that_it_came_from_and_edges_that_follow_from_others_are_left_out(world: World) -> None:
    first = world.opportunity("Primera")
    second = world.incident("Segunda", origin=first)
    third = world.opportunity("Tercera", origin=first)
    made_of(third, [first, second], at=timezone.now())  # an invoice of an order and of its delivery note, say
    assert rows(graph(second, world)) == [["Primera"], ["Segunda"], ["Tercera"]]
    assert len(graph(second, world).edges) == 2
    assert [node.current for node in graph(second, world).nodes] == [False, True, False]


def test_it_says_how_each_stands_and_can_be_walked_by_keyboard(world: World) -> None:
    first = world.opportunity("Primera")
    second = world.incident("Segunda", origin=first)
    world.do(first, "win")
    response = signed_in(world.ana).get(f"/incidents/{second.number}")
    page = Page.of(response)
    nodes = [tag for tag in page.tags if tag.attributes.get("class") == "node"]
    assert [node.name for node in nodes] == ["a", "g"]
    # A link of a drawing is called by its title (SVG-AAM); what is no link by its label.
    assert f"<title>Opportunity, {first.number}, Primera, Won</title>" in response.content.decode()
    assert nodes[1].attributes["aria-label"] == f"Incident, {second.number}, Segunda, Open, this record"
    assert nodes[0].attributes["href"] == f"/opportunities/{first.number}"
    assert {"path", "rect", "svg"} <= {tag.name for tag in page.tags}


def test_of_too_many_abreast_one_node_stands_for_the_rest_and_the_list_has_them_all(world: World) -> None:
    first = world.opportunity("Primera")
    others = [world.incident(f"Incidencia {n}", origin=first) for n in range(8)]
    drawn = graph(others[-1], world)  # up from it: its origin alone
    assert (rows(drawn), drawn.more) == ([["Primera"], ["Incidencia 7"]], [])
    drawn = graph(first, world)
    assert [n for _x, _y, n in drawn.more] == [8 - (ABREAST - 1)]
    assert sum(not node.hidden for node in drawn.nodes) == 1 + ABREAST - 1
    page = Page.of(signed_in(world.ana).get(f"/opportunities/{first.number}"))
    assert "+6" in page.text
    assert {f"/incidents/{one.number}" for one in others} <= page.links


def test_a_circle_of_links_is_drawn_too(world: World) -> None:
    first = world.opportunity("Primera")
    second = world.incident("Segunda", origin=first)
    link(first, second, actor=world.actor(), kind=LinkKind.SOURCE)
    assert rows(graph(first, world)) == [["Primera"], ["Segunda"]]


def test_a_customers_page_groups_all_in_which_it_takes_part_with_counts_that_lead_to_the_lists(world: World) -> None:
    customer = world.customer()
    for n in range(5):
        world.incident(f"Incidencia {n}", party=customer)
    opportunity = world.opportunity("Horno", party=customer)
    archive(world.incident("Archivada", party=customer), actor=world.actor())
    world.incident("De otro", party=world.customer("Otro"))

    panel = takes_part_panel(customer, world.ana, None)
    assert panel is not None
    shown = {group["kind"].name: (group["count"], [one.title for one in group["records"]]) for group in panel["groups"]}
    assert shown == {"opportunity": (1, ["Horno"]), "incident": (5, ["Incidencia 4", "Incidencia 3", "Incidencia 2"])}
    client = signed_in(world.ana)
    page = Page.of(client.get(f"/customers/{customer.number}"))
    address = f"/incidents/?party={customer.number}"
    assert {address, f"/opportunities/{opportunity.number}"} <= page.links
    listed = Page.of(client.get(address)).text
    assert "Incidencia 0" in listed
    assert "De otro" not in listed
    assert takes_part_panel(customer, world.eva, None) is None
