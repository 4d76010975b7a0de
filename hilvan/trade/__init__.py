"""What the documents of buying and selling have in common: lines, taxes, totals, series, and how they are told.

A quote, an order, an invoice are kinds, each with a table that begins with the columns of ``CommercialDocument``.
Their lines stand in one table, ``Line``, since a line of one document takes its quantity from a line of another
(``source``): what an order still has to deliver is what none of its lines' takers has taken. The database keeps both
that and the sums; ``taxes`` computes, without asking it.
"""
