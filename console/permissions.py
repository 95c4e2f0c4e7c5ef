"""Who may do what. Every route of the console names one permission; nothing else decides."""

from __future__ import annotations

from enum import StrEnum

from bot.store.staff_models import Role


class Permission(StrEnum):
    """One thing that a role may do in the console."""

    SIGN_IN = "sign_in"  # pages before sign-in: no role is asked
    HOME = "home"  # one's own account and work: everybody who is signed in
    READ_TRANSCRIPTS = "read_transcripts"
    RAISE_ALERT = "raise_alert"  # by hand, after reading: whoever reads a transcript may
    REPLY = "reply"
    REDACT = "redact"
    HANDLE_REQUESTS = "handle_requests"  # requests that are one's own, and those under one as manager or IRO
    TRIAGE_REQUESTS = "triage_requests"  # all requests that routing lets one see, and giving them out
    IMPORT_ALLOCATIONS = "import_allocations"
    MAKE_LINK_CODES = "make_link_codes"
    TEACH = "teach"  # the list of misunderstood messages
    SORT_FEEDBACK = "sort_feedback"  # what feedback is about, and learning from it
    READ_PROMISES = "read_promises"
    MAKE_PROMISES = "make_promises"
    CLOSE_PROMISES = "close_promises"  # OVOS says that one was good enough
    READ_CARDS = "read_cards"  # the answers on rights and money, and when each must be checked again
    KEEP_CARDS = "keep_cards"  # renew, fill in local facts, propose corrections, take back
    APPROVE_CARDS = "approve_cards"  # decide what somebody else has proposed
    ASK_UNMASKING = "ask_unmasking"
    APPROVE_UNMASKING = "approve_unmasking"
    READ_PUBLICATIONS = "read_publications"
    FILL_REPLY_SLIP = "fill_reply_slip"  # what the board answers, at the meeting
    PREPARE_SUMMARY = "prepare_summary"
    READ_DRAFTS = "read_drafts"  # summaries before they are published
    SIGN_SUMMARY = "sign_summary"  # as the second person
    SIGN_FOR_OVOS = "sign_for_ovos"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"
    KEEP_DATA = "keep_data"  # holds, subject access, deleting a chat, how long things are kept
    PUT_INTO_RECORD = "put_into_record"  # say that an alert or a request is in the case record
    ALERTS = "alerts"  # those that one was told of; a safeguarding lead, all but those that are about one's own work
    KEEP_ROTA = "keep_rota"
    SAFETY_CHECKS = "safety_checks"  # is the way open, what was missed; free text off and on
    SECOND_LOOK = "second_look"


_P, _R = Permission, Role
_EVERYBODY = frozenset({_P.SIGN_IN, _P.HOME, _P.READ_PUBLICATIONS})

GRANTED: dict[Role, frozenset[Permission]] = {
    _R.PARTICIPATION_OFFICER: _EVERYBODY
    | {
        _P.READ_TRANSCRIPTS,
        _P.RAISE_ALERT,
        _P.REPLY,
        _P.REDACT,
        _P.HANDLE_REQUESTS,
        _P.TRIAGE_REQUESTS,
        _P.IMPORT_ALLOCATIONS,
        _P.MAKE_LINK_CODES,
        _P.TEACH,
        _P.SORT_FEEDBACK,
        _P.READ_PROMISES,
        _P.MAKE_PROMISES,
        _P.READ_CARDS,
        _P.KEEP_CARDS,
        _P.ASK_UNMASKING,
        _P.ALERTS,
        _P.PUT_INTO_RECORD,
        _P.FILL_REPLY_SLIP,
        _P.PREPARE_SUMMARY,
        _P.READ_DRAFTS,
        _P.SIGN_SUMMARY,
    },
    _R.SAFEGUARDING_LEAD: _EVERYBODY
    | {
        _P.READ_TRANSCRIPTS,
        _P.RAISE_ALERT,
        _P.REPLY,
        _P.HANDLE_REQUESTS,
        _P.READ_CARDS,
        _P.ASK_UNMASKING,
        _P.APPROVE_UNMASKING,
        _P.ALERTS,
        _P.KEEP_ROTA,
        _P.SAFETY_CHECKS,
        _P.PUT_INTO_RECORD,
        _P.READ_DRAFTS,
        _P.SIGN_SUMMARY,
    },
    _R.WORKER: _EVERYBODY | {_P.HANDLE_REQUESTS, _P.MAKE_LINK_CODES, _P.READ_CARDS, _P.ALERTS},
    _R.IRO: _EVERYBODY | {_P.HANDLE_REQUESTS, _P.READ_CARDS, _P.ALERTS},
    _R.MANAGER: _EVERYBODY
    | {
        _P.HANDLE_REQUESTS,
        _P.MAKE_LINK_CODES,
        _P.READ_CARDS,
        _P.APPROVE_CARDS,
        _P.APPROVE_UNMASKING,
        _P.ALERTS,
        _P.READ_PROMISES,
    },
    _R.COUNCILLOR: frozenset({_P.SIGN_IN, _P.HOME, _P.READ_PUBLICATIONS, _P.FILL_REPLY_SLIP}),
    _R.DATA_PROTECTION: _EVERYBODY
    | {
        _P.READ_TRANSCRIPTS,
        _P.RAISE_ALERT,
        _P.REDACT,
        _P.APPROVE_UNMASKING,
        _P.READ_AUDIT,
        _P.READ_DRAFTS,
        _P.SIGN_SUMMARY,
        _P.KEEP_DATA,
        _P.PUT_INTO_RECORD,
    },
    _R.SECOND_READER: _EVERYBODY | {_P.READ_TRANSCRIPTS, _P.RAISE_ALERT, _P.SECOND_LOOK},
    _R.OVOS_REPRESENTATIVE: _EVERYBODY | {_P.READ_DRAFTS, _P.SIGN_FOR_OVOS, _P.READ_PROMISES, _P.CLOSE_PROMISES},
    _R.ADMINISTRATOR: _EVERYBODY | {_P.MANAGE_STAFF, _P.IMPORT_ALLOCATIONS, _P.KEEP_ROTA, _P.SAFETY_CHECKS},
    _R.AUDITOR: _EVERYBODY | {_P.READ_AUDIT},
}

# Roles that may open what a young person wrote, transcripts or requests, sign in with a second factor.
READS_WORDS = frozenset(
    {
        _P.READ_TRANSCRIPTS,
        _P.RAISE_ALERT,
        _P.REPLY,
        _P.HANDLE_REQUESTS,
        _P.TRIAGE_REQUESTS,
        _P.TEACH,
        _P.SORT_FEEDBACK,
        _P.ASK_UNMASKING,
        _P.APPROVE_UNMASKING,
        _P.ALERTS,
        _P.SECOND_LOOK,
        _P.KEEP_DATA,
        _P.PUT_INTO_RECORD,
        _P.PREPARE_SUMMARY,
        _P.SIGN_SUMMARY,
    }
)


def may(role: Role, permission: Permission) -> bool:
    return permission in GRANTED[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role in Role if may(role, permission))


def needs_second_factor(role: Role) -> bool:
    return role == Role.ADMINISTRATOR or bool(GRANTED[role] & READS_WORDS)
