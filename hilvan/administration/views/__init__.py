"""The pages: of the first use, of administration, and of oneself."""
