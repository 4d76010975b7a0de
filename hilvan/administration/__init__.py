"""Who may in, and how the company is set up.

- *First use*: while nobody can sign in, every address leads to one page, which takes the company and its first
  administrator. It asks for a code that ``hilvan run`` printed: who sees the terminal is who installed Hilván.
- *Administration*: users, teams, roles, the company, mail; for roles that administer.
- *Oneself*: profile, password, and a link by mail where one has forgotten it.

Users are never deleted. What is sent to them about their account goes through the ledger of notices like all mail; the
link in it is put in when it is sent, so that the ledger never holds one that works.
"""
