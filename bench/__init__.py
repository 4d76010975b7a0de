"""Measurements, each beside what the same machine allows without Hilván: ``script/bench``, docs/performance.md.

- ``filling``: a company with so many activities and their past, as the triggers would have written it
- ``serving``: the real ``hilvan run`` on it, its memory and its start; a server that takes its mails
- ``clients``: cheap clients, each a process of its own
- ``raw``: the limit: the same rows, the same selects, by psycopg
- ``measures``: what is measured, and its target
- ``report``: the table
"""
