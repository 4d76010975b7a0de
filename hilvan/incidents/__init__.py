"""Incidents: what went wrong, or what somebody asks for, from the moment it is told until it is resolved.

Open → Closed, with how it was resolved; reopened with a reason, it is open again and forgets that resolution (the
history does not). What is being done about it are its activities.

It is a party's, or nobody's: an internal one. A blocked customer may have incidents. Who may change an incident may
close and reopen it.
"""
