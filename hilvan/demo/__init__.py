"""The demo: Instalaciones Ebro S.L., an installer in Zaragoza with five users and three months behind it.

It comes in as an import does, at past instants relative to the day of the seeding, through the ordinary services;
nobody is told of it. Another company with a user of its own shows that each sees only what is its own. ``stories`` is
what happened, ``trading`` the deals in it with their ``steps``, ``diary`` the lives of activities, ``texts`` and
``goods`` the words, ``numbers`` the invented ones, ``clock`` the working hours.
"""

from .seeding import PASSWORD, seed

__all__ = ["PASSWORD", "seed"]
