"""Notes: what they say, whom they mention, who may correct them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from hilvan.conversation.markdown import as_html, mentioned_in
from hilvan.conversation.models import Mention, Note
from hilvan.conversation.services import LONGEST, correct_note, write_note
from hilvan.notifications.mail import preview
from hilvan.notifications.models import Notice
from hilvan.records.models import Change
from tests.api.client import Program, wrong
from tests.pages import Page, signed_in
from tests.world import World


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[ven](javascript:alert(1))",
        "[ven](data:text/html,<script>alert(1)</script>)",
        "[ven](vbscript:x)",
        '<a href="x" onclick="alert(1)">a</a>',
        "![espía](https://evil.example/pixel.png)",
        "<style>*{display:none}</style>",
        "<iframe src='https://evil.example'></iframe>",
        '[a](https://a.example "\'><script>alert(1)</script>")',
        "`<b onmouseover=alert(1)>`",
    ],
)
def test_nothing_that_is_written_runs_or_loads(text: str) -> None:
    page = Page()
    page.feed(as_html(text, {}))
    names = {tag.name for tag in page.tags}
    assert names <= {"p", "a", "br", "code", "em", "strong"}
    for tag in page.tags:
        assert tag.attributes.keys() <= {"href", "title", "rel"}
        assert tag.attributes.get("href", "https:").startswith(("https:", "http:", "mailto:", "tel:"))


def test_markdown_is_written_as_people_write_it() -> None:
    html = as_html("**Ojo**: mira https://ebro.example/a\nlínea\n\n- uno\n- dos\n\n# no es título\n\n> cita", {})
    assert html == (
        '<p><strong>Ojo</strong>: mira <a href="https://ebro.example/a" rel="noopener noreferrer nofollow">'
        "https://ebro.example/a</a><br>\nlínea</p>\n<ul>\n<li>uno</li>\n<li>dos</li>\n</ul>\n"
        "<p># no es título</p>\n<blockquote>\n<p>cita</p>\n</blockquote>\n"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@luis", {"luis"}),
        ("Hola @Luis, y @ana.gil.", {"luis", "ana.gil"}),
        ("(@luis)", {"luis"}),
        ("luis@ebro.example", set()),
        ("`@luis` y\n\n    @ana\n\nno", set()),
        ("@ nadie @@", set()),
    ],
)
def test_who_is_mentioned(text: str, names: set[str]) -> None:
    assert mentioned_in(text) == names


def test_a_mention_becomes_the_persons_name_but_in_code() -> None:
    assert as_html("@luis `@luis` @otro", {"luis": "Luis <Peña>"}) == (
        '<p><span class="mention">@Luis &lt;Peña&gt;</span> <code>@luis</code> @otro</p>\n'
    )


def test_each_is_told_once_and_nobody_of_himself(world: World) -> None:
    record = world.customer()
    note = write_note(record, actor=world.actor(), text="@luis @LUIS @ana @nadie @zoe")
    assert [(one.recipient, one.state) for one in Notice.objects.all()] == [(world.luis, "queued")]
    correct_note(note, actor=world.actor(), text="@luis y @jefa, mejor así")
    assert [one.recipient for one in Notice.objects.order_by("id")] == [world.luis, world.jefa]
    assert Mention.objects.count() == 2


def test_the_mail_tells_the_note_in_which_one_is_mentioned_also_when_it_is_sent_later(world: World) -> None:
    record = world.customer()
    first = write_note(record, actor=world.actor(), text="Primera, @jefa")
    write_note(record, actor=world.actor(), text="Segunda, @luis")
    correct_note(first, actor=world.actor(), text="Primera, @jefa y @luis")
    texts = [preview(one).text for one in Notice.objects.filter(recipient=world.luis).order_by("id")]
    assert ["Segunda, @luis" in text for text in texts] == [True, False]
    assert ["Primera, @jefa y @luis" in text for text in texts] == [False, True]


def test_who_may_not_see_the_record_is_not_told_and_the_ledger_and_the_author_learn_it(world: World) -> None:
    record = world.incident()
    client = signed_in(world.ana)
    page = f"/incidents/{record.number}"
    client.post(f"{page}/notes", {"text": "Mira esto, @eva"})
    notice = Notice.objects.get()
    assert (notice.recipient, notice.state, notice.suppressed_by) == (world.eva, "suppressed", "unseen")
    said = Page.of(client.get(page)).text
    assert "Not told, for not being allowed to see this record: Eva Soto." in said
    answer = client.post(f"{page}/notes", {"text": "Y esto, @eva"}, headers={"HX-Request": "true"})
    assert "Not told, for not being allowed to see this record: Eva Soto." in Page.of(answer).text


def test_only_its_author_corrects_a_note(world: World) -> None:
    note = write_note(world.customer(), actor=world.actor(), text="Mía")
    for user in (world.luis, world.jefa, world.zoe):
        with pytest.raises(PermissionDenied):
            correct_note(note, actor=world.actor(user), text="Otra")
    assert signed_in(world.luis).get(f"/customers/{note.record.number}/notes/{note.uuid}").status_code == 404
    program = Program(world.luis)
    program.patch(f"/records/{note.record.number}/comments/{note.uuid}", {"text": "Otra"}, 403)
    note.refresh_from_db()
    assert (note.text, note.edited_at) == ("Mía", None)


@pytest.mark.parametrize("text", ["", "  \n", "a\x00b", "x" * (LONGEST + 1)])
def test_a_note_says_something_that_can_be_kept(world: World, text: str) -> None:
    record = world.customer()
    note = write_note(record, actor=world.actor(), text="Antes")
    changes = Change.objects.count()
    with pytest.raises(ValidationError) as refused:
        write_note(record, actor=world.actor(), text=text)
    assert list(refused.value.message_dict) == ["text"]
    with pytest.raises(ValidationError):
        correct_note(note, actor=world.actor(), text=text)
    assert wrong(Program(world.ana).post(f"/records/{record.number}/comments", {"text": text}, 422)) == ["text"]
    assert (Note.objects.get().text, Change.objects.count()) == ("Antes", changes)


def test_to_correct_it_without_a_change_changes_nothing(world: World) -> None:
    note = write_note(world.customer(), actor=world.actor(), text="Igual")
    changes = Change.objects.count()
    assert correct_note(note, actor=world.actor(), text=" Igual ").edited_at is None
    assert Change.objects.count() == changes


def test_notes_are_paged_and_cost_the_same(world: World, django_assert_num_queries: Any) -> None:
    record = world.customer()
    for n in range(25):
        write_note(record, actor=world.actor(), text=f"Nota {n}")
    client = signed_in(world.ana)
    seen: list[str] = []
    address = f"/customers/{record.number}/notes"
    while address:
        answer = client.get(address)
        seen += [row["note"].text for row in answer.context["notes"]]
        following = answer.context["earlier_notes"]
        address = f"/customers/{record.number}/notes?before={following}" if following else ""
    assert seen == [f"Nota {n}" for n in reversed(range(25))]
    program = Program(world.ana)
    page = program.get(f"/records/{record.number}/comments", limit=20)
    rest = program.get(f"/records/{record.number}/comments", limit=20, cursor=page["next"])
    assert [one["text"] for one in page["items"] + rest["items"]] == seen
    assert rest["next"] is None


def test_colleagues_are_suggested_while_one_types_the_other_companys_are_not(world: World) -> None:
    world.luis.is_active = False
    world.luis.save()
    client = signed_in(world.ana)

    def found(typed: str) -> list[str]:
        return [one["username"] for one in client.get("/mentionable", {"q": typed}).json()["items"]]

    assert found("") == ["eva", "jefa"]
    assert found("soto") == found("EV") == ["eva"]
    assert found("luis") == found("zoe") == []
