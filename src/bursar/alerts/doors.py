"""Which way a message goes out: by the URL of its channel, with the secrets that the channel names."""

from collections.abc import Callable

from bursar.alerts import webhook
from bursar.alerts.outgoing import NotDelivered, Outgoing
from bursar.estate.channels import Channel, is_webhook
from bursar.vocab.errors import BursarError

ReadSecret = Callable[[str], str]
"""The secret that `env:NAME`, `file:PATH`, `literal:TEXT` or `none` stands for."""


def warm() -> None:
    """Load what sends, so that the first message does not wait a second for it."""
    from bursar.alerts import services

    services.warm()


def send(channel: Channel, outgoing: Outgoing, read_secret: ReadSecret) -> None:
    """Hand a message to the other side; NotDelivered says why that failed, without any secret."""
    try:
        url, secret = read_secret(channel.url), read_secret(channel.secret)
    except BursarError as error:
        raise NotDelivered(str(error)) from error
    if is_webhook(url):
        webhook.post(url, secret, outgoing)
        return
    # Apprise takes a fifth of a second to import and more memory than all else here: only who needs it pays.
    from bursar.alerts import services

    services.notify(url, outgoing)
