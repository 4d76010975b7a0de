"""What the form of a document asks while one fills it in."""

from django.urls import path

from . import views

urlpatterns = [
    path("lines/values", views.line_values, name="line_values"),
    path("lines/totals", views.line_totals, name="line_totals"),
]
