"""Login through a provider of OpenID Connect, on top of django-allauth.

django-allauth makes the round trip: state, PKCE, the exchange of the code, the session.
What it leaves to trust is checked here: the discovery document (`discovery`), the ID token
with signature and nonce (`tokens`), and whom the claims may become (`people`).
"""
