"""Routes of saved views, and of the tags that there are to split by."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from bursar import directory
from bursar.access import Principal
from bursar.api.permission import need
from bursar.api.problems import responses
from bursar.api.rows import key_in_sight
from bursar.api.services import WithServices
from bursar.directory import views
from bursar.vocab.ids import uuid7
from bursar.vocab.instant import format_instant

ReadsUsage = Annotated[Principal, need("usage.read")]
WritesViews = Annotated[Principal, need("views.write")]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)
_TEXT: Final = r"^[^\u0000-\u001f\u007f]*$"
_PAGE: Final = r"^[a-z]{1,20}$"

Id = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
# Something to read, and nothing that turns what stands beside it around.
_UNSEEN: Final = r"\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069"
_NAME: Final = rf"^[^{_UNSEEN}]*[^\s{_UNSEEN}][^{_UNSEEN}]*$"
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NAME)]
State = Annotated[str, Field(max_length=4000, pattern=_TEXT, description="The query of the page's address.")]


class ViewRequest(BaseModel):
    """A view to keep."""

    model_config = _STRICT

    name: Name
    page: Annotated[str, Field(pattern=_PAGE)]
    state: State
    shared: bool = False


class ViewChange(BaseModel):
    """What of a view shall change."""

    model_config = _STRICT

    name: Name | None = None
    state: State | None = None
    shared: bool | None = None


class ViewReply(BaseModel):
    """A page with its state."""

    id: str
    name: str
    page: str
    state: str
    shared: bool
    owner: str
    is_mine: bool
    made_at: str
    changed_at: str


class ViewsReply(BaseModel):
    """One's own views and those that others share, by name."""

    views: list[ViewReply]


class TagsReply(BaseModel):
    """Further tags that keys carry or let callers set, by name."""

    tags: list[str]


def views_router(*, random_bytes: Callable[[int], bytes]) -> APIRouter:
    """The routes; `random_bytes` makes ids."""
    router = APIRouter(tags=["views"])

    @router.get("/views", responses=responses(400, 503))
    def read_views(
        who: ReadsUsage, services: WithServices, page: Annotated[str, Query(pattern=rf"^$|{_PAGE}")] = ""
    ) -> ViewsReply:
        """One's own views and those that others share."""
        found = views.list_views(services.engine, actor=who.actor, page=page)
        return ViewsReply(views=[_reply(one, who) for one in found])

    @router.post("/views", status_code=201, responses=responses(400, 503))
    def save_view(who: WritesViews, request: ViewRequest, services: WithServices) -> ViewReply:
        """Keep a page with its state."""
        now = services.now()
        view = views.View(
            id=uuid7(now, random_bytes(8)),
            owner=who.actor,
            name=request.name,
            page=request.page,
            state=request.state,
            shared=request.shared,
            made_at_us=now,
            changed_at_us=now,
        )
        return _reply(views.save_view(services.engine, view), who)

    @router.get("/views/{view_id}", responses=responses(400, 404, 503))
    def read_view(who: ReadsUsage, view_id: Id, services: WithServices) -> ViewReply:
        """One view."""
        return _reply(views.get_view(services.engine, view_id, actor=who.actor), who)

    @router.patch("/views/{view_id}", responses=responses(400, 404, 503))
    def change_view(who: WritesViews, view_id: Id, request: ViewChange, services: WithServices) -> ViewReply:
        """Rename a view of one's own, share it, or give it another state."""
        view = views.change_view(
            services.engine,
            view_id,
            name=request.name,
            state=request.state,
            shared=request.shared,
            actor=who.actor,
            now=services.now(),
        )
        return _reply(view, who)

    @router.delete("/views/{view_id}", responses=responses(400, 404, 503))
    def delete_view(who: WritesViews, view_id: Id, services: WithServices) -> ViewReply:
        """Delete a view of one's own."""
        view = views.delete_view(services.engine, view_id, actor=who.actor, now=services.now())
        return _reply(view, who)

    @router.get("/tags", responses=responses(503))
    def read_tags(who: ReadsUsage, services: WithServices) -> TagsReply:
        """Further tags that calls may carry."""
        sight = who.sight("usage.read")
        keys = [key for key in directory.list_keys(services.engine) if key_in_sight(key, sight)]
        names = {name for key in keys for name in key.tags}
        names |= {name[4:] for key in keys for name in key.may_set if name.startswith("tag:")}
        return TagsReply(tags=sorted(names))

    return router


def _reply(view: views.View, who: Principal) -> ViewReply:
    return ViewReply(
        id=view.id,
        name=view.name,
        page=view.page,
        state=view.state,
        shared=view.shared,
        owner=view.owner,
        is_mine=view.owner == who.actor,
        made_at=format_instant(view.made_at_us),
        changed_at=format_instant(view.changed_at_us),
    )
