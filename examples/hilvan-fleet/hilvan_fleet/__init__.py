"""The fleet: what customers drive, what has been done to it, and what has to be done.

A vehicle is a customer's, always. In service → Retired, with the reason; put back, it is in service again. Its plate is
written without blanks and in capitals; no two vehicles of a company share one. Its services are its lines: when, at how
many kilometres, what was done and for how much; kilometres never go back from one day to a later one.

Activities, incidents and quotes start from a vehicle; a retired one starts no quotes. Who may change a vehicle may
retire it and put it back.
"""
