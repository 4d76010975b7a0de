"""The generic pages over the registry of kinds, and signing in."""

from django.urls import path

from . import links as links  # makes the parts of these addresses known: kind and number
from . import (
    views_around,
    views_board,
    views_changes,
    views_lists,
    views_people,
    views_records,
    views_search,
    views_several,
)

urlpatterns = [
    path("sign-in/", views_people.sign_in, name="login"),
    path("sign-out/", views_people.sign_out, name="logout"),
    path("password/<uidb64>/<token>/", views_people.choose_password, name="choose_password"),
    path("language/", views_people.set_language, name="set_language"),
    path("search", views_search.search, name="search"),
    path("suggestions", views_search.suggestions, name="suggestions"),
    path("lookup", views_search.record_lookup, name="record_lookup"),
    path("files/<uuid:key>", views_around.attachment, name="attachment"),
    path("<kind:kind>/", views_lists.record_list, name="record_list"),
    path("<kind:kind>/board", views_board.record_board, name="record_board"),
    path("<kind:kind>/new", views_changes.record_new, name="record_new"),
    path("<kind:kind>/export", views_lists.record_export, name="record_export"),
    path("<kind:kind>/create", views_several.record_create, name="record_create"),
    path("<kind:kind>/create/<kind:made>", views_several.record_create_each, name="record_create_each"),
    path("<kind:kind>/<number:number>", views_records.record_page, name="record_page"),
    path("<kind:kind>/<number:number>/edit", views_changes.record_edit, name="record_edit"),
    path("<kind:kind>/<number:number>/archive", views_changes.record_archive, name="record_archive"),
    path("<kind:kind>/<number:number>/timeline", views_around.record_timeline, name="record_timeline"),
    path("<kind:kind>/<number:number>/files", views_around.record_files, name="record_files"),
    path("<kind:kind>/<number:number>/links", views_around.record_links, name="record_links"),
    path("<kind:kind>/<number:number>/to/<slug:lane>", views_board.record_move, name="record_move"),
    path("<kind:kind>/<number:number>/<slug:verb>", views_changes.record_verb, name="record_verb"),
]
