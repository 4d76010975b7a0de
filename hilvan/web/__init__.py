"""Base pages, components, template tags and static files: what every section is drawn with."""
