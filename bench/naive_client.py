"""Fetch and hash every asset over one kept-alive connection of http.client: what anybody would.

    python3 naive_client.py URL CA_FILE MANIFEST

Prints requests a second. Needs nothing but Python: it runs on the server that it asks.
"""

import hashlib
import http.client
import json
import ssl
import sys
import time
from urllib.parse import quote, urlsplit


def main() -> None:
    """Ask for each file by its own name, and compare length and digest."""
    url, authority, manifest = sys.argv[1:]
    host = urlsplit(url).hostname or ""
    with open(manifest) as stream:
        files = json.load(stream)["files"]
    context = ssl.create_default_context(cafile=authority)
    connection = http.client.HTTPSConnection(host, context=context)
    begin = time.monotonic()
    for file in files:
        connection.request("GET", "/static/" + quote(file["path"]))
        body = connection.getresponse().read()
        if hashlib.sha256(body).hexdigest() != file["sha256"]:
            raise SystemExit(f"{file['path']} differs")
    print(len(files) / (time.monotonic() - begin))


if __name__ == "__main__":
    main()
