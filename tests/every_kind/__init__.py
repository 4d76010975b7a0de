"""What holds for every registered kind, a plugin's too: tests parametrised over the registry."""
