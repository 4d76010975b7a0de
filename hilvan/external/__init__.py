"""Records of other applications: a ticket, an order, a file that lives elsewhere and on which one has something to do.

One is known by the name of its system and its identifier there, once in a company. Hilván keeps its title, its address
and its party, and nothing else of it: no state. It is written down by a program (``PUT /external/…``), by hand, or
together with the first activity on it, which a link in the other application begins (``/create/activity?…``).
Members write them down and change them.
"""
