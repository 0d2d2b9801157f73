"""Certificate policies along a path (RFC 5280, 6.1), with any policy acceptable at its beginning.

Only one thing is asked: where an authority requires that some policy holds along the whole path, does one? So it is
enough to know which policies are still expected at each step, and the tree of RFC 5280 need not be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rules.x509 import extensions as ext
from rules.x509.reading import Certificate


@dataclass(slots=True)
class _State:
    expected: set[bytes] = field(default_factory=lambda: {ext.ANY_POLICY})
    explicit: int = 1 << 16
    mapping: int = 1 << 16
    any_policy: int = 1 << 16


def is_required_and_missing(path: Sequence[Certificate]) -> bool:
    """Say whether a policy is required along ``path`` (leaf first, anchor last), and none holds.

    Raises ``asn1.Broken`` where an extension about policies cannot be read.
    """
    if not any(_speaks_of_policies(certificate) for certificate in path[:-1]):
        return False
    state = _State()
    for certificate in reversed(path[1:-1]):
        _apply(state, certificate, is_last=False)
        if state.explicit == 0 and not state.expected:
            return True
        _prepare(state, certificate)
    _apply(state, path[0], is_last=True)
    explicit, _ = _constraints(path[0])
    return (state.explicit <= 1 or explicit == 0) and not state.expected  # 6.1.5 counts the last one in any case


def _speaks_of_policies(certificate: Certificate) -> bool:
    return ext.POLICY_CONSTRAINTS in certificate.extensions


def _apply(state: _State, certificate: Certificate, *, is_last: bool) -> None:
    """Keep the policies that this certificate holds too (6.1.3 d, e)."""
    found = certificate.extensions.get(ext.POLICIES)
    if found is None:
        state.expected = set()
        return
    stated = ext.policies(found.value)
    kept = {policy for policy in stated if policy in state.expected or ext.ANY_POLICY in state.expected}
    counts = state.any_policy > 0 or (certificate.is_self_issued and not is_last)
    if ext.ANY_POLICY in stated:
        kept = kept | state.expected if counts else kept - {ext.ANY_POLICY}
    state.expected = kept


def _prepare(state: _State, certificate: Certificate) -> None:
    """Carry the policies over to the next certificate (6.1.4)."""
    mappings = certificate.extensions.get(ext.POLICY_MAPPINGS)
    if mappings is not None:
        _map(state, ext.policy_mappings(mappings.value))
    if not certificate.is_self_issued:
        state.explicit, state.mapping = max(state.explicit - 1, 0), max(state.mapping - 1, 0)
        state.any_policy = max(state.any_policy - 1, 0)
    explicit, mapping = _constraints(certificate)
    state.explicit = min(state.explicit, explicit if explicit is not None else state.explicit)
    state.mapping = min(state.mapping, mapping if mapping is not None else state.mapping)
    inhibited = certificate.extensions.get(ext.INHIBIT_ANY_POLICY)
    if inhibited is not None:
        state.any_policy = min(state.any_policy, ext.inhibit_any_policy(inhibited.value))


def _map(state: _State, mappings: list[tuple[bytes, bytes]]) -> None:
    mapped = {theirs for theirs, _ in mappings}
    holds_any = ext.ANY_POLICY in state.expected
    kept = state.expected - mapped
    if state.mapping > 0:
        kept |= {ours for theirs, ours in mappings if theirs in state.expected or holds_any}
    state.expected = kept


def _constraints(certificate: Certificate) -> tuple[int | None, int | None]:
    found = certificate.extensions.get(ext.POLICY_CONSTRAINTS)
    return ext.policy_constraints(found.value) if found else (None, None)
