"""A price raise: a page shows which subscriptions it would change, and its button changes exactly these."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.security.principal import Caller
from dashboard.rendering import flash_messages, render
from db import connection
from db.access import audit
from db.billing import price_raises, products
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

_SHOWN = 500


@pages.get("/products/{product_id}/price-raise")
def preview(request: Request, who: Caller, product_id: Id, begin: Annotated[date, Query()]) -> Response:
    """Show whose price would be the product's of a day; nothing is changed."""
    found = problems.existing(products.get, product_id)
    raises = price_raises.foreseen(product_id, begin, within=who.within)
    return render.page(
        request,
        "billing/price_raise.html",
        product=found,
        begin=begin,
        raises=raises[:_SHOWN],
        number=len(raises),
        digest=price_raises.digest(raises),
    )


@pages.post("/products/{product_id}/price-raise")
def carry_out(
    who: Caller,
    product_id: Id,
    *,
    begin: Annotated[date, Form()],
    digest: Annotated[str, Form(pattern=r"^[a-f0-9]{64}$")],
) -> Response:
    """Give subscriptions the product's price of a day, if it is still what was shown."""
    found = problems.existing(products.get, product_id)
    with connection.transaction():
        raises = price_raises.locked(product_id, begin, within=who.within)
        same = price_raises.digest(raises) == digest
        if same:
            price_raises.carry_out(raises)
            details = {"begin": str(begin), "subscriptions": len(raises)}
            audit.add(who.actor, "raise prices", f"product {product_id}", details)
    if not same:
        here = f"/products/{product_id}/price-raise?begin={begin}"
        return flash_messages.redirect(here, _("Something was changed meanwhile: look at it again. Nothing was done."))
    return flash_messages.redirect(
        f"/products/{found.id}",
        ngettext("{number} subscription has the new price.", "{number} subscriptions have the new price.", len(raises)),
    )
