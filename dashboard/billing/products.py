"""Products with their price lists, and coupons."""

from dataclasses import asdict

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.billing import products as resource
from api_stub.security.principal import Caller
from dashboard.forms import entry_forms
from dashboard.forms.entry_forms import EntryPage, SentForm
from dashboard.rendering import fields, flash_messages, render
from db.billing import coupons, products, subscriptions
from db.billing.products import Product
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_NEW = EntryPage(
    title="New product", action="/products", back=("/products", "Products"), label="Add", fields=entry_forms.PRODUCT
)
_NEW_COUPON = EntryPage(
    title="New coupon", action="/coupons", back=("/coupons", "Coupons"), label="Add", fields=entry_forms.COUPON
)
_SUBSCRIBED = 25


@pages.get("/products")
def listed(request: Request, _who: Caller, after: fields.After = None) -> Response:
    """List the products."""
    page = products.LIST.page("code", after=after)
    return render.page(request, "billing/products.html", page=page)


@pages.get("/products/new")
def new(request: Request, _who: Caller) -> Response:
    """Show the form for a product."""
    return entry_forms.show(request, _NEW, {"unit": "C62", "kind": "domain", "nature": "electronic"})


@pages.post("/products")
def add(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a product."""
    with entry_forms.shown_again(request, _NEW, form.texts):
        resource.add(who, form.texts)
    return flash_messages.redirect("/products", _("{name} is offered now; it needs a price.", name=form.texts["name"]))


@pages.get("/products/{product_id}")
def product(request: Request, who: Caller, product_id: Id) -> Response:
    """Show a product with its prices and who subscribed to it."""
    found = problems.existing(products.get, product_id)
    return render.page(
        request,
        "billing/product.html",
        product=found,
        prices=products.prices(product_id),
        subscriptions=subscriptions.LIST.page("-id", product=product_id, within=who.within, size=_SUBSCRIBED),
        price_fields=entry_forms.PRICE,
        given={},
        wrong={},
    )


@pages.get("/products/{product_id}/edit")
def edit(request: Request, _who: Caller, product_id: Id) -> Response:
    """Show the form of a product that is there."""
    found = problems.existing(products.get, product_id)
    return entry_forms.show(request, _edit(found), _form_values(found))


@pages.post("/products/{product_id}")
def change(request: Request, who: Caller, product_id: Id, form: SentForm) -> Response:
    """Change a product."""
    page = _edit(problems.existing(products.get, product_id))
    with entry_forms.shown_again(request, page, form.texts):
        resource.change(who, product_id, form.texts)
    return flash_messages.redirect(f"/products/{product_id}", _("It is changed."))


@pages.post("/products/{product_id}/prices")
def set_price(request: Request, who: Caller, product_id: Id, form: SentForm) -> Response:
    """Set what a product costs from a day on."""
    found = problems.existing(products.get, product_id)
    back = (f"/products/{product_id}", found.name)
    page = EntryPage(
        title="New price", action=f"{back[0]}/prices", back=back, label="Set the price", fields=entry_forms.PRICE
    )
    with entry_forms.shown_again(request, page, form.texts):
        resource.set_price(who, product_id, form.texts)
    return flash_messages.redirect(back[0], _("The price is set; subscriptions keep the price they agreed on."))


@pages.post("/products/{product_id}/archive")
def archive(who: Caller, product_id: Id) -> Response:
    """Offer a product no longer."""
    resource.archive(who, product_id, archived=True)
    return flash_messages.redirect(f"/products/{product_id}", _("It is offered no longer; its subscriptions go on."))


@pages.post("/products/{product_id}/restore")
def restore(who: Caller, product_id: Id) -> Response:
    """Offer a product again."""
    resource.archive(who, product_id, archived=False)
    return flash_messages.redirect(f"/products/{product_id}", _("It is offered again."))


@pages.get("/coupons")
def coupon_list(request: Request, _who: Caller, after: fields.After = None) -> Response:
    """List the coupons."""
    return render.page(request, "billing/coupons.html", page=coupons.LIST.page("code", after=after))


@pages.get("/coupons/new")
def new_coupon(request: Request, _who: Caller) -> Response:
    """Show the form for a coupon."""
    return entry_forms.show(request, _NEW_COUPON, {})


@pages.post("/coupons")
def add_coupon(request: Request, who: Caller, form: SentForm) -> Response:
    """Add a coupon."""
    with entry_forms.shown_again(request, _NEW_COUPON, form.texts):
        resource.new_coupon(who, form.texts)
    return flash_messages.redirect("/coupons", _("The coupon can be redeemed."))


def _edit(found: Product) -> EntryPage:
    path = f"/products/{found.id}"
    return EntryPage(
        title=f"Change {found.name}",
        action=path,
        back=(path, found.name),
        label="Save",
        fields=entry_forms.PRODUCT,
        lead="Subscriptions keep their price, and are taxed as it says from now on.",
    )


def _form_values(found: Product) -> dict[str, str]:
    rate = None if found.tax_basis_points is None else f"{found.tax_basis_points / 100:g}"
    return entry_forms.shown({**asdict(found), "interval": found.interval, "tax_rate": rate})
