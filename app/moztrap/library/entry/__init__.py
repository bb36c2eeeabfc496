"""Many cases at once, written by people: as text, as JSON or as CSV, and given out again."""

from moztrap.library.entry.csv_file import parse_csv
from moztrap.library.entry.drafts import Draft, Parsed
from moztrap.library.entry.grammar import parse_text
from moztrap.library.entry.json_file import parse_json

__all__ = ["Draft", "Parsed", "parse_csv", "parse_json", "parse_text"]
