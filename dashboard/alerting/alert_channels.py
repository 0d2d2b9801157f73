"""Channels beside mail and their deliveries; send a test, send a delivery again."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import Id
from api_stub.problems import Problem
from api_stub.resources.alerting import alert_channels as resource
from api_stub.resources.alerting.alert_routes import ChannelName
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_PAGE = "/alert-channels"


@pages.get("/alert-channels")
def listed(request: Request, _who: Caller) -> Response:
    """List the channels, each with its newest messages."""
    return render.page(request, "alerting/channels.html", channels=resource.channels())


@pages.post("/alert-channels/{channel}/test")
def test(who: Caller, channel: ChannelName) -> Response:
    """Send a test through a channel."""
    resource.tested(who, channel)
    return flash_messages.redirect(
        _PAGE, _("A test is on its way through {channel}; what became of it, this page says.", channel=channel)
    )


@pages.post("/alert-deliveries/{delivery_id}/replay")
def replay(who: Caller, delivery_id: Id) -> Response:
    """Send a message again."""
    try:
        resource.replayed(who, delivery_id)
    except Problem as problem:
        if problem.status_code != 409:  # noqa: PLR2004 - an HTTP status
            raise
        return flash_messages.redirect(_PAGE, _("Nothing was done: {detail}.", detail=problem.detail))
    return flash_messages.redirect(_PAGE, _("It is being sent again, under its id."))
