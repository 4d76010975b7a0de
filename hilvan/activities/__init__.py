"""Activities: calls, meetings, visits, tasks; on any record, or on nothing.

New → In progress, On hold, Closed · In progress → On hold, Closed, New · On hold → In progress, Closed, New ·
Closed → In progress, New (reopened, with a reason). Any other change of state is refused, saying what is allowed.

An activity's current standing is its row; every standing that it ever had is a *situation*, an interval that the
database keeps by itself. Who sees the record at the root of an activity's origins sees the activity; its assignee,
who made it and who takes part in it always do.
"""
