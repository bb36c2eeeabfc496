"""Bringing a production database to the state of the code, once and safely."""
