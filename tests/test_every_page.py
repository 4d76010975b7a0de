"""Every page answers; what is left out of the walks over them is no page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hilvan.activities.models import State
from tests.every_page import FILE, PART, POST_ONLY, SIGNED_OUT, addresses, fill, left_out, names, variants
from tests.pages import faults, signed_in
from tests.world import World


@pytest.mark.slow
def test_every_page_answers_without_inline_code(committed_world: World) -> None:
    full = fill(committed_world, rows=2)
    pages = addresses(full) + variants(full)
    client = signed_in(committed_world.jefa, "es")
    closed = reverse(
        "activity_defer", kwargs={"number": full.in_state[State.CLOSED].number}
    )  # which says that it can't
    for one in pages:
        is_link = one.name == "choose_password"  # which leads to an address without the key
        response = (Client() if one.name in SIGNED_OUT else client).get(one.path, follow=is_link)
        assert response.status_code == (422 if one.path == closed else 200), one
        assert faults(response) == [], one


def test_an_address_that_is_left_out_is_no_page(world: World) -> None:
    client = signed_in(world.jefa)
    for name, why in left_out().items():
        if not names()[name].pattern.converters:
            response = client.get(reverse(name))
            if why == POST_ONLY:
                assert response.status_code == 405, name
            elif why == PART:
                assert b"<html" not in response.content, name
            elif why == FILE:  # which one asks for in a format
                assert response.status_code == 404, name
            else:
                assert response.status_code == 302, name
