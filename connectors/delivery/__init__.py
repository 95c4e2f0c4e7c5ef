"""The one way out: what is in the outbox reaches the channel that the young person is on."""

from connectors.delivery.hub import Hub

__all__ = ["Hub"]
