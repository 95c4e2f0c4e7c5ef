"""The page as CSV: one table of section, row, what it is, and the figure or words. Nothing in it runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.reports.content import Words
from bot.reports.said import Said

# A cell that begins with one of these may be run by a spreadsheet (OWASP, CSV Injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
HEADINGS = ("section", "row", "what", "value")


def as_csv(said: Said, words: Words) -> str:
    """UTF-8 text with a byte order mark, so that spreadsheets read it as such."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(said, words))
    return "\ufeff" + file.getvalue()


def harmless(text: str) -> str:
    """The text with a leading apostrophe where a spreadsheet might take it for a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) or text.lstrip().startswith(_DANGEROUS) else text


def _rows(said: Said, words: Words) -> Iterator[tuple[str, str, str, str]]:
    w = words.say
    yield w("title"), "", w("head_quarter"), said.quarter
    yield w("title"), "", "", said.stamp or said.published
    for line in said.heard:
        yield w("heard"), "", "", line
    for line in () if said.words_only else said.quiet:
        yield w("not_heard"), "", "", line
    for decision in said.decisions:
        for what, value in (
            ("head_action", decision.action),
            ("head_owner", decision.owner),
            ("head_due", decision.due),
        ):
            yield w("decisions"), str(decision.n), w(what), value
    for promise in said.promises:
        for what, value in (("head_status", promise.status), ("head_owner", promise.owner), ("head_due", promise.due)):
            yield w("promises"), promise.words, w(what), value
    for group in (*said.ages, *said.homes):
        yield w("heard"), group.label, w("head_people"), group.people
        yield w("heard"), group.label, w("head_eligible"), group.eligible
    for theme in said.themes:
        for what, value in (
            ("head_people", theme.people),
            ("head_chats", theme.chats),
            ("head_feeling", theme.feelings or theme.feeling),
            ("head_change", theme.change),
            ("head_checked", theme.checked),
            ("head_principles", theme.principles),
            ("head_ofsted", theme.ofsted),
            ("head_finding", theme.finding),
        ):
            yield w("themes_all"), theme.label, w(what), value
        for card in theme.entitlements:
            yield w("entitlements"), theme.label, card.title, card.text
    for row in said.domains:
        yield w("themes_all"), row.label, w("head_people"), row.value
    for row in said.answered:
        yield w("answered"), row.label, w("head_people"), row.value
    for past in said.past.rows:
        for quarter, value in zip(said.past.quarters, past[1:], strict=True):
            yield w("earlier"), past[0], quarter, value
    for section, passage in (("going_well", said.going_well), ("new", said.new)):
        yield w(section), "", "", passage or w("nothing_written")
    for quote in said.quotes:
        yield w("quotes"), quote.theme, "", quote.words
    for section, lines in (("sure", said.sure), ("ovos", said.ovos), ("method", said.method)):
        for line in lines:
            yield w(section), "", "", line
