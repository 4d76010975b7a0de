"""The pages of activities: ``lists`` (list and board), ``page`` (one activity), ``changes`` (what its buttons do),
``calls`` (a call already made), ``types`` (their types and results)."""
