"""How numbers of things read."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: “1 case”, “1,200 cases”. The noun's plural ends in s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
