"""Bodies as programs send them, refused where nothing behind could take them."""

import json
from math import isfinite
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from moztrap.api.errors import TooLargeBody

# Several times the 5,000 results or cases that are taken at once, with ordinary texts.
MOST_BYTES = 16 * 1024 * 1024


class JsonBody(JSONParser):
    """JSON in UTF-8: of a limited length, nested as deep as Python reads, and real text in it."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Return what was sent; raise ParseError or TooLargeBody."""
        content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLargeBody(f"Send at most {MOST_BYTES // 1024 // 1024} MB at once.")
        try:
            text = content.decode("utf-8-sig")
            value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
            if "\\u" in text:
                # Half of a pair, which is no text and which no database takes.
                json.dumps(value, ensure_ascii=False).encode()
        except UnicodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deep.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}.") from error
        return value


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
