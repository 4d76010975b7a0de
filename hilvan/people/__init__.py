"""Who works here: companies, their users, teams and roles, and the tokens of other programs.

A company is the wall: every row of the business belongs to one, and no row refers to another's.
A user belongs to one company and has one role; a role says, for each kind of record and each action
(view, create, change, delete), over which records it may be done: none, one's own, one's teams', all.
"""
