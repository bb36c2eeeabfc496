"""People: registration, login, roles, and the pages that manage users."""
