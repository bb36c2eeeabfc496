"""Text in a table that spreadsheets open."""

# What makes a spreadsheet take a cell for a formula; the last four are full-width ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_safe(value: object) -> str:
    """Return text that no spreadsheet runs: an apostrophe before what looks like a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
