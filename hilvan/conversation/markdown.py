"""Markdown made safe: what people write is parsed without HTML of theirs, and what comes out is cleaned once more.

No pictures (they would tell their server who reads), no headings (the page has its own). A bare address becomes a link;
``@username`` the name of a colleague.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MENTION = re.compile(r"(?<![\w@./+-])@(\w[\w.@+-]*\w|\w)")
"""An "@" at the beginning of a word and a user name; a full stop behind it ends the sentence."""


def mentioned_in(text: str) -> set[str]:
    """The user names (in small letters) that a text mentions, whether or not there are such users."""
    tokens = _parser.parse(text, {"names": {}})
    pieces = (child for token in tokens for child in token.children or () if child.type == "text")
    return {name.lower() for piece in pieces for name in MENTION.findall(piece.content)}


def as_html(text: str, names: Mapping[str, str]) -> SafeString:
    """``names`` says how the users are called whose names (in small letters) may stand in the text."""
    html = _parser.render(text, {"names": names})
    return SafeString(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=_REL))


_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "span"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "span": {"class"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_REL = "noopener noreferrer nofollow"


def _name_people(state: StateCore) -> None:
    """Puts the person's name where a text (no code, no link) mentions one who is known."""
    for block in state.tokens:
        if not block.children:
            continue
        depth, children = 0, []
        for child in block.children:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            children += _split(child, state.env["names"]) if child.type == "text" and not depth else [child]
        block.children = children


def _split(token: Token, names: Mapping[str, str]) -> list[Token]:
    pieces: list[Token] = []
    end = 0
    for match in MENTION.finditer(token.content):
        if name := names.get(match[1].lower()):
            pieces.append(_text(token.content[end : match.start()]))
            pieces.append(Token("mention_open", "span", 1, attrs={"class": "mention"}))
            pieces.append(_text(f"@{name}"))
            pieces.append(Token("mention_close", "span", -1))
            end = match.end()
    return [*pieces, _text(token.content[end:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _parser_of_notes() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "breaks": True, "linkify": True})
    parser.disable(["image", "heading", "lheading", "table", "reference"])
    parser.core.ruler.after("linkify", "name_people", _name_people)
    return parser


_parser = _parser_of_notes()
