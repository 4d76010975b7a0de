"""Wiring: what imports every part and is imported by none."""
