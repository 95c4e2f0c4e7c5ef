"""Bars as SVG. Whoever shows one puts its table beside it; the text alternative is the caller's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.reports.said import ThemeSaid

WIDTH, LABEL, ROW, BAR = 720, 320, 30, 18
INK, FILL = "#0b0c0c", "#1d70b8"
FONT = "Libertinus Serif, Georgia, serif"


def bars(themes: Sequence[ThemeSaid], alt: str, font: str = FONT) -> str:
    """A bar for each theme, as long as its figure, with the figure written at its end."""
    longest = max((one.bar for one in themes), default=0) or 1
    room = WIDTH - LABEL - 110
    rows = []
    for n, one in enumerate(themes):
        top, length = n * ROW, max(2, round(room * one.bar / longest))
        middle = top + ROW // 2 + 5
        rows.append(
            f'<text x="{LABEL - 10}" y="{middle}" text-anchor="end">{escape(one.label)}</text>'
            f'<rect x="{LABEL}" y="{top + (ROW - BAR) // 2}" width="{length}" height="{BAR}" fill="{FILL}"/>'
            f'<text x="{LABEL + length + 8}" y="{middle}" font-weight="bold">{escape(one.people)}</text>'
        )
    height = max(1, len(themes)) * ROW
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}"'
        f' font-family="{escape(font)}" font-size="15" fill="{INK}">{"".join(rows)}</svg>'
    )
