"""The dashboard as one router."""

from fastapi import APIRouter

from dashboard import access, assets, clients, domains, endpoints, live, money, schedules, today, work

_PARTS = (access, assets, today, work, schedules, domains, endpoints, clients, money, live)


def router() -> APIRouter:
    """Return all pages."""
    pages = APIRouter()
    for part in _PARTS:
        pages.include_router(part.pages)
    return pages
