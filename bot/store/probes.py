"""The checks that the way from a message to an acknowledgement is open, and the conversations they make."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.store.alert_models import AlertHop, Probe, ProbeState
from bot.store.conversations import by_token
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Channel, Conversation, Message
from bot.store.staff_models import Notification, NotificationChannel

LATELY = 50  # so many of the newest checks are looked at


async def begin(work: Work, occasion: str, channel: str, at: datetime) -> Probe | None:
    """Take this occasion, `<round>:<channel>`. None when it has been taken, by this process or another."""
    if await work.session.scalar(select(Probe.id).where(Probe.occasion == occasion)) is not None:
        return None
    probe = Probe(occasion=occasion, channel=channel, started_at=at)
    try:
        async with work.session.begin_nested():
            work.session.add(probe)
    except IntegrityError:
        return None
    return probe


async def mark(work: Work, probe_id: str, token: str) -> str | None:
    """Mark the conversation of this token as a check of ours, before anything is said in it. Its id."""
    conversation = await by_token(work, token)
    if conversation is None or conversation.said_at is not None:
        return None
    await mark_opened(work, probe_id, conversation.id)
    return conversation.id


async def mark_opened(work: Work, probe_id: str, conversation_id: str) -> None:
    """Mark a conversation that has just been opened, and in which nobody can have said anything, as one of a check."""
    await work.session.execute(update(Conversation).where(Conversation.id == conversation_id).values(synthetic=True))
    await work.session.execute(update(Probe).where(Probe.id == probe_id).values(conversation_id=conversation_id))


async def is_awaited(work: Work, probe_id: str, channel: Channel) -> bool:
    """Is this a check of this channel that has begun and has no conversation yet?"""
    probe = await work.session.get(Probe, probe_id, with_for_update=True, populate_existing=True)
    return (
        probe is not None
        and probe.state == ProbeState.RUNNING
        and probe.channel == channel
        and probe.conversation_id is None
    )


async def conversation_of(work: Work, probe_id: str) -> str | None:
    return await work.session.scalar(select(Probe.conversation_id).where(Probe.id == probe_id))


async def how_far(work: Work, conversation_id: str) -> str:
    """opened, stored, alerted, told or acknowledged."""
    alert = await work.session.scalar(select(Alert).where(Alert.conversation_id == conversation_id).limit(1))
    if alert is None:
        said = await work.session.scalar(select(Message.id).where(Message.conversation_id == conversation_id).limit(1))
        return "opened" if said is None else "stored"
    if alert.state != AlertState.RAISED:
        return "acknowledged"
    hop = await work.session.scalar(
        select(AlertHop.id).where(AlertHop.alert_id == alert.id, AlertHop.staff_id != "").limit(1)
    )
    return "alerted" if hop is None else "told"


async def alert_of_nudge(work: Work, notification_id: str) -> str | None:
    """The id of the alert that this nudge is about, when it is one of a check of ours."""
    row = await work.session.get(Notification, notification_id)
    if row is None or row.channel != NotificationChannel.PROBE:
        return None
    alert_id = row.key.split(":")[1]
    query = select(Alert.id).join(Conversation, Conversation.id == Alert.conversation_id)
    return await work.session.scalar(query.where(Alert.id == alert_id, Conversation.synthetic.is_(True)))


async def finish(work: Work, probe_id: str, state: ProbeState, reached: str, at: datetime) -> bool:
    """False when it was finished before."""
    done = await work.session.execute(
        update(Probe)
        .where(Probe.id == probe_id, Probe.state == ProbeState.RUNNING)
        .values(state=state, reached=reached, finished_at=at)
        .returning(Probe.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


async def broken_off(work: Work, before: datetime) -> list[Probe]:
    """Checks that were begun before this and never finished: whoever ran them is gone."""
    found = await work.session.scalars(
        select(Probe).where(Probe.state == ProbeState.RUNNING, Probe.started_at < before)
    )
    return list(found)


async def newest(work: Work, limit: int = 10) -> list[Probe]:
    return list(await work.session.scalars(select(Probe).order_by(Probe.started_at.desc(), Probe.id).limit(limit)))


async def of_round(work: Work, name: str) -> list[Probe]:
    """The checks of one round, one for each channel."""
    rows = await work.session.scalars(select(Probe).where(Probe.occasion.startswith(f"{name}:", autoescape=True)))
    return sorted(rows, key=lambda one: one.channel)


async def is_running(work: Work, since: datetime) -> bool:
    """Has a check been begun since then, and not ended?"""
    found = select(Probe.id).where(Probe.state == ProbeState.RUNNING, Probe.started_at >= since)
    return await work.session.scalar(found.limit(1)) is not None


async def is_broken(work: Work) -> bool:
    """Did the newest finished check of some channel not come to its end?

    A channel that the newest round of checks left out is off, and what was found of it before counts no more.
    """
    recent = await newest(work, LATELY)
    finished = [one for one in recent if one.state != ProbeState.RUNNING]
    of_web = next((one for one in finished if one.channel == Channel.WEB), None)
    last = {one.channel: one for one in reversed(finished)}
    if of_web is None:
        return any(one.state == ProbeState.BROKEN for one in last.values())
    same_round = {one.channel for one in recent if _round(one) == _round(of_web)}
    return any(
        one.state == ProbeState.BROKEN and (channel in same_round or one.started_at > of_web.started_at)
        for channel, one in last.items()
    )


def _round(probe: Probe) -> str:
    return probe.occasion.rpartition(":")[0]
