"""MozTrap: a manager for test cases that people run."""
