"""What happens when something dies: mail server, worker, web, database, all of it, or the disk."""
