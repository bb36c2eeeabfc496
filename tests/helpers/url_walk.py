"""Lists every URL of the application, with parameters filled in.

Runs inside the application (`manage.py shell`), and prints one JSON object:
path → the pattern's full name. Sent to hosts as text, so it imports Django alone.
"""

SCRIPT = r"""
import json
import re
from django.urls import get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from django.urls.resolvers import RegexPattern, RoutePattern, URLResolver
from django.utils.regex_helper import normalize

SAMPLES = ((IntConverter, "1"), (UUIDConverter, "00000000-0000-4000-8000-000000000000"))


def text_of(pattern):
    if isinstance(pattern, RoutePattern):
        text = str(pattern)
        for name, converter in pattern.converters.items():
            # The application's own converters are kinds of Django's.
            sample = next((value for kind, value in SAMPLES if isinstance(converter, kind)), "x")
            text = re.sub(rf"<(\w+:)?{name}>", sample, text)
        return text
    if isinstance(pattern, RegexPattern):
        form, parameters = normalize(str(pattern))[0]
        return form % {name: "1" for name in parameters}
    return str(pattern)


def walk(patterns, prefix, spaces):
    for entry in patterns:
        path = prefix + text_of(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = [*spaces, entry.namespace] if entry.namespace else spaces
            yield from walk(entry.url_patterns, path, inner)
        else:
            yield "/" + path, ":".join([*spaces, entry.name or ""])


print(json.dumps(dict(walk(get_resolver().url_patterns, "", []))))
"""
