"""The addresses of administration, of the first use and of oneself."""

from __future__ import annotations

from django.urls import path

from .views import company, first_use, oneself, teams, users

urlpatterns = [
    path("first-use/", first_use.first_use, name="first_use"),
    path("forgotten-password/", first_use.forgotten_password, name="password_reset"),
    path("profile/", oneself.profile, name="profile"),
    path("profile/password", oneself.change_password, name="change_password"),
    path("administration/users/", users.user_list, name="user_list"),
    path("administration/users/export", users.user_export, name="user_export"),
    path("administration/users/new", users.user_new, name="user_new"),
    path("administration/users/<int:key>", users.user_page, name="user_page"),
    path("administration/users/<int:key>/active", users.user_active, name="user_active"),
    path("administration/users/<int:key>/invite", users.user_invite, name="user_invite"),
    path("administration/users/<int:key>/link", users.user_link, name="user_link"),
    path("administration/teams/", teams.team_list, name="team_list"),
    path("administration/teams/export", teams.team_export, name="team_export"),
    path("administration/teams/new", teams.team_form, name="team_new"),
    path("administration/teams/<int:key>", teams.team_form, name="team_page"),
    path("administration/roles/", teams.role_list, name="role_list"),
    path("administration/roles/new", teams.role_form, name="role_new"),
    path("administration/roles/<int:key>", teams.role_form, name="role_page"),
    path("administration/company/", company.company, name="company"),
    path("administration/mail/", company.mail_settings, name="mail_settings"),
    path("administration/mail/test", company.mail_test, name="mail_test"),
    path("administration/mail/test/<uuid:key>", company.mail_test_state, name="mail_test_state"),
]
