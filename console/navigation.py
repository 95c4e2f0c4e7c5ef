"""The bar of links at the top of every page. A link is shown when its page exists and one's role may open it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.staff_models import Role
from console.permissions import Permission, may
from console.routes import all_routes


@dataclass(frozen=True)
class Link:
    """`words` is the key of the link's text in `content/console/`; `key` follows `g` on the keyboard."""

    address: str
    words: str
    permission: Permission
    key: str


LINKS = (
    Link("/console/alerts", "navigation.alerts", Permission.ALERTS, "e"),
    Link("/console/inbox", "navigation.inbox", Permission.READ_TRANSCRIPTS, "i"),
    Link("/console/requests", "navigation.requests", Permission.HANDLE_REQUESTS, "r"),
    Link("/console/triage", "navigation.triage", Permission.TRIAGE_REQUESTS, "t"),
    Link("/console/search", "navigation.search", Permission.READ_TRANSCRIPTS, "s"),
    Link("/console/misunderstood", "navigation.misunderstood", Permission.TEACH, "m"),
    Link("/console/themes", "navigation.themes", Permission.SORT_FEEDBACK, "h"),
    Link("/console/promises", "navigation.promises", Permission.READ_PROMISES, "d"),
    Link("/console/cards", "navigation.cards", Permission.READ_CARDS, "f"),
    Link("/console/unmasking", "navigation.unmasking", Permission.APPROVE_UNMASKING, "u"),
    Link("/console/unmasking/asked", "navigation.unmasking_asked", Permission.ASK_UNMASKING, "n"),
    Link("/console/link-codes", "navigation.link_codes", Permission.MAKE_LINK_CODES, "l"),
    Link("/console/allocations", "navigation.allocations", Permission.IMPORT_ALLOCATIONS, "c"),
    Link("/console/summaries", "navigation.summaries", Permission.READ_DRAFTS, "y"),
    Link("/console/publications", "navigation.publications", Permission.READ_PUBLICATIONS, "p"),
    Link("/console/second-look", "navigation.second_look", Permission.SECOND_LOOK, "o"),
    Link("/console/rota", "navigation.rota", Permission.KEEP_ROTA, "k"),
    Link("/console/safety", "navigation.safety", Permission.SAFETY_CHECKS, "y"),
    Link("/console/staff", "navigation.staff", Permission.MANAGE_STAFF, "w"),
    Link("/console/audit", "navigation.audit", Permission.READ_AUDIT, "a"),
)


def links_for(role: Role) -> list[Link]:
    routes = all_routes()
    return [link for link in LINKS if ("GET", link.address) in routes and may(role, link.permission)]
