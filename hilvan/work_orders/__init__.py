"""Work orders: what a technician does at a customer's, how long it took, what it took, and who says that it was done.

planned → in progress → done, or cancelled. The technician is the order's responsible. He starts and stops the time (one
running at most of each person, by the server's clock), ticks the tasks, notes the materials (the document's lines) and
what was done, and has the customer sign. Finishing turns the hours into a line, at the order's price of the hour; from
then on lines, times and tasks are fixed until somebody reopens it, with the reason. What is done is invoiced, once: by
lines which take from the order's (``trade.chains``). Members see and change all of them.
"""
