"""The register: what was observed, reported and answered, in SQLite or PostgreSQL."""
