"""Reading what the public MozTrap API served, and writing it into the library."""
