"""The settings in force: values, their sources, what they do. Secrets are masked; nothing can be changed here."""

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.security.principal import Caller
from dashboard.rendering import render
from settings import in_force
from settings.in_force import SettingOrigin

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/settings")
def settings_page(request: Request, _who: Caller) -> Response:
    """Show every setting of this web process, those first that somebody gave."""
    every = in_force.all_()
    given = [one for one in every if one.origin is not SettingOrigin.DEFAULT]
    by_default = [one for one in every if one.origin is SettingOrigin.DEFAULT]
    return render.page(request, "access/settings.html", given=given, by_default=by_default)
