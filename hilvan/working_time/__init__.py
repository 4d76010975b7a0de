"""Working time: on which days and in which hours a company works, and how long something takes in such hours.

A company's calendar is its hours by weekday, the public holidays of Spain and of its region (by the library
``holidays``) and days off of its own: local holidays, August. Who has set nothing works Monday to Friday, 9 to 14 and
15 to 18, on all but the national holidays. Who administers the company changes it.

``calendar`` holds the arithmetic, pure functions over a calendar; ``services.calendar_of`` gives a company's.
"""
