"""What comes from other programs with its own past: the import of an event log.

An event log is JSON, one object a line: what became of which activity at which instant. ``events`` reads and checks the
lines, ``origins`` makes the records that the activities stand on, ``eventlog`` brings it all in, in batches; the loop
over a batch's events is in the database (``sql/events.sql``), where the ordinary triggers write the history.
"""
