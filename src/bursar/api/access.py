"""The routes of people, sign-in and tokens, put together: what is locked and what is open to strangers."""

from collections.abc import Callable
from typing import NamedTuple

from fastapi import APIRouter
from sqlalchemy import Engine

from bursar.access import Doorkeeper
from bursar.access.oidc import Oidc, ReadSecret
from bursar.access.secret import RandomBytes
from bursar.api.auth import auth_router
from bursar.api.oidc import oidc_router
from bursar.api.people import people_router
from bursar.api.sessions import sessions_router
from bursar.api.settings import settings_router
from bursar.api.tokens import tokens_router
from bursar.vocab.instant import InstantUs
from bursar.vocab.network import Network


class AccessRouters(NamedTuple):
    """For `create_app`: `routers`, and `open_routers`."""

    routers: tuple[APIRouter, ...]
    open_routers: tuple[APIRouter, ...]


def access_routers(
    engine: Engine,
    keeper: Doorkeeper,
    *,
    console_url: str,
    read_secret: ReadSecret,
    random_bytes: RandomBytes,
    now: Callable[[], InstantUs],
    proxies: tuple[Network, ...] = (),
) -> AccessRouters:
    """`console_url` is how browsers reach the console; `random_bytes` must be fit for secrets.

    `proxies` are believed what they say of where a browser is.
    """
    is_https = console_url.startswith("https:")
    oidc = Oidc(
        engine, keeper, console_url=console_url, read_secret=read_secret, random_bytes=random_bytes, now=now
    )
    return AccessRouters(
        routers=(
            sessions_router(keeper, is_https=is_https),
            people_router(keeper, random_bytes=random_bytes, console_url=console_url),
            tokens_router(keeper, random_bytes=random_bytes),
            settings_router(console_url=console_url),
        ),
        open_routers=(
            auth_router(keeper, oidc, is_https=is_https, proxies=proxies),
            oidc_router(oidc, is_https=is_https, proxies=proxies),
        ),
    )
