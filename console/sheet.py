"""A list as a file for a spreadsheet, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from aiohttp import web

NOT_IN_A_CELL = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> web.Response:
    """A download, as CSV with a mark for Excel."""
    written = io.StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow(headings)
    sheet.writerows([[harmless(cell) for cell in row] for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return web.Response(
        body=written.getvalue().encode("utf-8-sig"), content_type="text/csv", charset="utf-8", headers=headers
    )


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, "CSV injection")."""
    begins = cell.lstrip(" \u00a0\ufeff\u200b")
    return f"'{cell}" if begins.startswith(NOT_IN_A_CELL) else cell
