"""The API's description: OpenAPI 3.1 for programs, and a page of our own, without scripts, for people.

Both are made of the routes, the policy table, the fields' examples and the kinds of problems; nothing is written twice.
"""

from functools import cache
from http import HTTPStatus
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api_stub import problems
from api_stub.docs import openapi
from api_stub.problems import KINDS
from api_stub.routes import router

routes = router(include_in_schema=False)


@routes.get("/api/openapi.json")
async def read_openapi(request: Request) -> Response:
    """Give the description to programs."""
    return JSONResponse(openapi.description(request.app))


@routes.get("/api/docs")
async def page(request: Request) -> Response:
    """Show the description to people."""
    api = openapi.description(request.app)
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in openapi.operations(api))
    html = _template().render(api=api, methods=openapi.METHODS, tags=tags, kinds=KINDS, statuses=HTTPStatus)
    return Response(html, media_type="text/html")


@routes.get("/problems/{kind}")
async def problem(kind: str) -> Response:
    """Lead from the ``type`` of a problem to the page's paragraph about it."""
    if kind not in KINDS:
        raise problems.Problem(404, "not-found", "There is no such kind of problem; /api/docs#problems lists them")
    return RedirectResponse(f"/api/docs#{kind}", status_code=303)


@routes.get("/api/docs.css")
async def style() -> Response:
    """Give the page's style sheet."""
    text = files("api_stub.docs").joinpath("templates/page.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("api_stub.docs"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
