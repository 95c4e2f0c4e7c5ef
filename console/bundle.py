"""A subject access bundle as one file: a page to read and the same as plain data."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import jinja2

from bot.privacy.copying import Bundle

TEMPLATES = Path(__file__).with_name("templates")


def bundle_zip(bundle: Bundle) -> bytes:
    """`bundle.html`, `bundle.json` and what to look at before it is handed over."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    pages = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    page = pages.get_template("data_protection/bundle.html").render(bundle=bundle)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bundle.html", page)
        file.writestr("bundle.json", json.dumps(bundle.as_data(), ensure_ascii=False, indent=1))
    return written.getvalue()
