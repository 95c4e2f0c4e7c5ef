"""OpenID Connect sign-in with the council's own accounts: authorization code flow with PKCE (OpenID Connect Core 1.0,
RFC 7636, RFC 9207). What a proven person may then do is decided in `bot/staff/council_sign_in.py`."""
