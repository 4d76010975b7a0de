from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkOrdersConfig(AppConfig):
    name = "hilvan.work_orders"
    verbose_name = _("Work orders")

    def ready(self) -> None:
        from hilvan.people.permissions import Action
        from hilvan.records.kinds import kinds
        from hilvan.web import panels
        from hilvan.web.navigation import Page, register

        from .kind import WORK_ORDER
        from .panels import site_panel, tasks_panel, times_panel

        kinds.register(WORK_ORDER)
        panels.register("site", "work_orders/site_panel.html", site_panel, position=4)
        panels.register("tasks", "work_orders/tasks_panel.html", tasks_panel, position=6)
        panels.register("times", "work_orders/times_panel.html", times_panel, position=8)
        register(
            Page(
                _("Service"),
                _("My working day"),
                "calendar",
                "work_day",
                350,
                lambda user: user.may(Action.VIEW, "work_order"),
            )
        )
