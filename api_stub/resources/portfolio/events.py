"""The feed of changes to the portfolio, in an order in which no new event comes before one that was read."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.portfolio import events

routes = router(tags=["events"])


class PortfolioEvent(BaseModel):
    """Something that changed. ``at`` is when it was noticed, UTC."""

    id: int = Field(examples=[4711])
    at: datetime
    kind: str = Field(examples=["nameservers_changed"])
    subject_kind: str = Field(examples=["domain"])
    subject_id: int = Field(examples=[17])
    client_id: int | None = Field(examples=[3])
    before: str | None = Field(examples=["ns1.old.example"])
    after: str | None = Field(examples=["ns1.new.example"])


class PortfolioEvents(BaseModel):
    """Events, the oldest first."""

    events: list[PortfolioEvent]
    next: str | None = Field(
        description="What to send as `after` for those that follow, also for those that are still to come",
        examples=["WzAsNDcxMV0"],
    )
    more: bool = Field(description="Whether some follow already", examples=[False])


Asked = Annotated[
    lists.ListQuery,
    lists.asked(events.FEED.filters, "client", "domain", "endpoint", "kind", cursor="after", sorts=(), sort="written"),
]


@routes.get("/api/events")
def list_events(who: Caller, asked: Asked) -> PortfolioEvents:
    """List what changed after an event, the oldest first.

    A reader that always goes on with `next` sees each event once, whatever is written meanwhile.
    """
    page = asked.page(events.FEED, settled=True, within=who.within)
    found = [PortfolioEvent.model_validate(one, from_attributes=True) for one in page.rows]
    last = events.cursor(page.rows[-1]) if page.rows else asked.cursor
    return PortfolioEvents(events=found, next=last, more=page.after is not None)
