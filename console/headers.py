"""The headers of every answer of the console."""

from __future__ import annotations

from aiohttp import web

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "ovos",  # not which versions run here
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
YEAR = 365 * 24 * 3600
FOR_GOOD = f"public, max-age={YEAR}, immutable"
HSTS = f"max-age={YEAR}"


def set_headers(response: web.StreamResponse, *, https: bool) -> None:
    """A view may have said already how long its answer may be kept; nothing else can be loosened."""
    keep = response.headers.get("Cache-Control")
    response.headers.update(HEADERS)
    if keep == FOR_GOOD:
        response.headers["Cache-Control"] = keep
    if https:
        response.headers["Strict-Transport-Security"] = HSTS
