"""A preview of a client report: the same words and rows as in its document."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard.rendering import render
from db import client_reports as made
from db.portfolio import clients
from tasks.clients import client_reports

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/clients/{client_id}/report")
def preview(request: Request, who: Caller, client_id: Id) -> Response:
    """Show what the report of the client's last month says, and which reports were made."""
    client = problems.existing(clients.get, client_id, within=who.within)
    today = datetime.now(ZoneInfo(client.zone)).date()
    return render.page(
        request,
        "clients/report.html",
        client=client,
        report=client_reports.preview(client, today),
        made=made.of_client(client_id),
    )
