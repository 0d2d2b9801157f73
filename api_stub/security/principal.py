"""The caller, once known: a user with a session or an API token."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from rules.access import Permission, Role, Scope, Within


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, and the session or API token by which they call."""

    user_id: int
    name: str
    role: Role
    scopes: frozenset[Scope] | None = None
    """The scopes of the API token in use; None for a session."""
    token_id: int | None = None
    token_name: str | None = None
    session_id: int | None = None
    zone: str = "UTC"
    """The time zone of their pages."""
    language: str = "en"
    """The language of their pages."""
    expires_at: datetime | None = None
    """When the session ends at the latest."""
    within: Within = None
    """The clients to which the person, or the token in use, is limited."""

    @property
    def actor(self) -> str:
        """The name under which the audit trail knows them."""
        return f"{self.name} (token {self.token_name})" if self.token_name else self.name

    @property
    def via(self) -> str:
        """What they came in with, as the audit trail names it."""
        if self.token_id is not None:
            return f"token {self.token_id}"
        return "session" if self.session_id is None else f"session {self.session_id}"

    def may(self, permission: Permission) -> bool:
        """Tell whether their role has a permission."""
        return self.role.may(permission)


async def caller(request: Request) -> Principal:
    """Return the caller; only for routes whose policy asks for a permission. Raises ``TypeError`` elsewhere."""
    principal = request.state.principal
    if not isinstance(principal, Principal):
        raise TypeError("this route's policy lets anybody in, so there is nobody to name")
    return principal


Caller = Annotated[Principal, Depends(caller)]
"""The type of an endpoint's argument that is the caller: ``def jobs_page(request: Request, who: Caller)``."""
