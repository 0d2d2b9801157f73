"""The vocabulary of access: who may do what (role, permission), about whom (clients), and what a token is good for."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """What a route, or an action on a job, requires of a person."""

    ACCOUNT = "account"  # one's own sessions, password and tokens
    READ = "read"  # see what there is
    PORTFOLIO = "portfolio"  # add and change clients, domains, endpoints
    REMOVE = "remove"  # remove them
    JOBS = "jobs"  # act on jobs and schedules; a task also requires one of the next three
    WORK = "work"
    MAIL = "mail"
    MONEY = "money"
    SETTINGS = "settings"  # what holds for everybody and is kept in rows: the words of letters
    AUDIT = "audit"  # read and export the audit trail
    PEOPLE = "people"  # who may come in, and their roles, limits, sessions, tokens; service accounts
    OWNERS = "owners"  # make, change and remove owners: all trust in the installation comes from them


class Role(StrEnum):
    """What a person may do. ``PERMISSIONS`` is the table."""

    VIEWER = "viewer"
    BILLING = "billing"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"

    def may(self, permission: Permission) -> bool:
        """Tell whether this role has a permission."""
        return permission in PERMISSIONS[self]

    def manages(self, other: "Role") -> bool:
        """Tell whether people of this role may make, change and remove people of the other role."""
        return self.may(Permission.PEOPLE) and (other is not Role.OWNER or self.may(Permission.OWNERS))


_SEES = frozenset({Permission.ACCOUNT, Permission.READ})
_ACTS = frozenset({Permission.JOBS, Permission.MAIL})
_WORKS = frozenset({Permission.WORK, Permission.PORTFOLIO})
_ADMINISTERS = frozenset({Permission.REMOVE, Permission.SETTINGS, Permission.AUDIT, Permission.PEOPLE})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType({
    Role.VIEWER:   _SEES,
    Role.BILLING:  _SEES | _ACTS | {Permission.MONEY},
    Role.OPERATOR: _SEES | _ACTS | _WORKS,
    Role.ADMIN:    _SEES | _ACTS | _WORKS | {Permission.MONEY} | _ADMINISTERS,
    Role.OWNER:    frozenset(Permission),
})  # fmt: skip
"""Role x permission. What is not named is denied."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Return the roles that have a permission."""
    return tuple(role for role in Role if role.may(permission))


Within = frozenset[int] | None
"""The ids of the clients to which somebody is limited: they see and act on these and nothing else. None: no limit."""


def sees(within: Within, client_id: int | None) -> bool:
    """Tell whether a thing of a client (None: of no client) exists for a person with this limit."""
    return within is None or client_id in within


def narrower(one: Within, other: Within) -> Within:
    """Return the limit that allows only what both limits allow."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


class Scope(StrEnum):
    """What an API token may be used for, within its owner's role."""

    READ = "read"
    WORK = "work"  # trigger, retry, cancel, schedules
    PORTFOLIO = "portfolio"  # add, change and remove clients, domains, endpoints
    MONEY = "money"  # enter and change what is billed
    METRICS = "metrics"
