"""Writes an inventory in which every secret is generated and encrypted."""
