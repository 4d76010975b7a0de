"""The kernel: what every business row has in common, and its history.

*Record*: the parent row of everything one can act on (kind, number, title, party, origin, responsible).
*Kind*: the declaration that gives a model its pages, API, Create menu, permissions and history (``kinds``).
*Change*: what the database itself wrote when a row changed, whatever the way of writing (``sql/history.sql``).
*Series*: the numbers, per company, kind and year (``numbering``).
"""
