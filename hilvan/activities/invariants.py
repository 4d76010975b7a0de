"""What must always be true of activities and their situations; see ``records.invariants``."""

from __future__ import annotations

from hilvan.records.invariants import ask

from .models import Situation

_NOT_COMPARED = {"id", "activity", "valid"}


def violations() -> list[str]:
    columns = [field.column for field in Situation._meta.concrete_fields if field.name not in _NOT_COMPARED]
    same = f"({', '.join(f's.{c}' for c in columns)}) IS NOT DISTINCT FROM ({', '.join(f'a.{c}' for c in columns)})"
    return [
        *ask(
            "SELECT a.record_id FROM activities_activity a LEFT JOIN activities_situation s"
            f" ON s.activity_id = a.record_id AND upper_inf(s.valid) WHERE s.id IS NULL OR NOT ({same})",
            "Activity {0}: its last situation is not how it stands.",
        ),
        *ask(
            "SELECT activity_id, upper(valid) FROM (SELECT activity_id, valid,"
            " lead(lower(valid)) OVER (PARTITION BY activity_id ORDER BY lower(valid)) AS following"
            " FROM activities_situation) s WHERE upper(valid) IS DISTINCT FROM following AND NOT"
            " (following IS NULL AND activity_id NOT IN (SELECT record_id FROM activities_activity))",
            "Activity {0}: after {1} there is a gap or an overlap.",
        ),
        *ask(
            "SELECT activity_id, lower(valid) FROM activities_situation WHERE isempty(valid) OR lower_inf(valid)",
            "Activity {0}: an empty or boundless situation.",
        ),
        *ask(
            "SELECT r.id FROM records_record r JOIN activities_activity a ON a.record_id = r.id"
            " WHERE (r.title, r.party_id, r.owner_id, r.team_id, r.archived_at, r.origin_id)"
            " IS DISTINCT FROM (a.subject, a.party_id, a.assignee_id, a.team_id, a.archived_at, a.origin_id)",
            "Activity {0}: its record does not say the same.",
        ),
        *ask(
            "SELECT state, assignee_id, company_id, sum(n) FROM ("
            " SELECT company_id, state, assignee_id, n FROM activities_count WHERE level = 'month'"
            " UNION ALL SELECT company_id, state, assignee_id, n FROM activities_countdelta"
            " UNION ALL SELECT company_id, state, assignee_id, -1 FROM activities_activity WHERE archived_at IS NULL"
            ") c GROUP BY 1, 2, 3 HAVING sum(n) <> 0",
            "The count of “{0}” for the assignee {1} of company {2} is wrong by {3}.",
        ),
    ]
