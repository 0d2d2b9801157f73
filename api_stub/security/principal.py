"""Who calls, once it is known: a person with a session or an API token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from rules.access import Role, Scope


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, and how they came in."""

    user_id: int
    name: str
    role: Role
    scopes: frozenset[Scope] | None = None
    """What the API token in use is good for; None where they came with a session."""
    token_name: str | None = None
    session_id: int | None = None
    expires_at: datetime | None = None
    """When the session ends in any case."""

    @property
    def actor(self) -> str:
        """The name under which the audit trail knows them."""
        return f"{self.name} (token {self.token_name})" if self.token_name else self.name


async def caller(request: Request) -> Principal:
    """Return who calls; for routes whose policy asks for a role."""
    principal = request.state.principal
    if not isinstance(principal, Principal):
        raise TypeError("this route's policy lets anybody in, so there is nobody to name")
    return principal


Caller = Annotated[Principal, Depends(caller)]
"""An endpoint's argument that is the person who calls: ``def jobs_page(request: Request, who: Caller) -> Response``."""
