"""A small provider of OpenID Connect on the loopback, which can be told to misbehave."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "moztrap"
# Characters that a header would have to encode.
CLIENT_SECRET = "what:only/the+site%knows"
# Made once: it takes a while.
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """What it says, and of whom; a test changes it."""

    def __init__(self) -> None:
        self.key = KEY
        self.key_id = "first"
        self.address = ""
        # Claims of whoever logs in next.
        self.person: dict[str, Any] = {}
        # Changes to discovery document, ID token and userinfo; None takes a claim away.
        self.metadata: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        # Signs with another key, or another algorithm, than it publishes.
        self.signing_key: Any = None
        self.algorithm = "RS256"
        # What it answers instead of a code, if anything.
        self.error = ""
        self.is_down = False
        self.asked: list[str] = []
        self.secrets_seen: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def document(self) -> dict[str, Any]:
        """The discovery document."""
        document = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "end_session_endpoint": f"{self.address}/logout",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
        return _changed(document, self.metadata)

    def keys(self) -> dict[str, Any]:
        """The keys it publishes; one that is for encryption among them."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {
            "keys": [
                public | {"kid": self.key_id, "use": "enc"},
                public | {"kid": self.key_id, "use": "sig", "alg": "RS256"},
            ]
        }

    def authorize(self, question: dict[str, str]) -> str:
        """Log the person in, and return where the browser goes then."""
        answer = {"state": question["state"], "iss": self.address}
        if self.error:
            answer |= {"error": self.error, "error_description": "because\nI say so"}
        else:
            code = secrets.token_urlsafe()
            self._codes[code] = question
            answer["code"] = code
        return f"{question['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint's question."""
        if authorization:
            secret = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        else:
            secret = f"{form.get('client_id')}:{form.get('client_secret')}"
        self.secrets_seen.append(secret)
        question = self._codes.pop(form["code"])
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if challenge != question["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if unquote(secret) != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {
            "iss": self.address,
            "sub": self.person["sub"],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": question["nonce"],
        }
        id_token = jwt.encode(
            _changed(claims, self.token),
            self.key if self.signing_key is None else self.signing_key,
            algorithm=self.algorithm,
            headers={"kid": self.key_id},
        )
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": id_token}

    def about(self) -> dict[str, Any]:
        """What the userinfo endpoint says."""
        return _changed(self.person, self.userinfo)


def _changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (claims | changes).items() if value is not None}


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

        def send(self, status: int, body: dict[str, Any], **headers: str) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            provider.asked.append(path)
            if provider.is_down:
                self.send(503, {})
            elif path == "/.well-known/openid-configuration":
                self.send(200, provider.document())
            elif path == "/keys":
                self.send(200, provider.keys())
            elif path == "/userinfo":
                self.send(200, provider.about())
            else:
                question = parse_qs(urlsplit(self.path).query)
                target = provider.authorize({name: each[0] for name, each in question.items()})
                self.send(302, {}, Location=target)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = parse_qs(self.rfile.read(length).decode())
            plain = {name: each[0] for name, each in form.items()}
            self.send(*provider.exchange(plain, self.headers.get("Authorization", "")))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
