"""Test cases: their versions, steps and tags."""
