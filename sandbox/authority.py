"""A certificate authority that nobody trusts by default: it issues what each endpoint of the demo serves.

root (in the trust store) ── intermediate (sent by servers) ── leaf
"""

from functools import cached_property

from sandbox import pki
from sandbox.truth import Chain, Endpoint

ELSEWHERE = "elsewhere.sandbox.test"
"""The host whose certificate an endpoint with the wrong host serves."""


class Authority:
    """A root and an intermediate. All leaves share one key, so that hundreds are issued in well under a second."""

    def __init__(self) -> None:
        self._root = pki.root("Nolapse Sandbox Root")
        self._issuer = self._root.authority("Nolapse Sandbox Issuer")
        self._leaf_key = pki.new_key()

    @cached_property
    def root_pem(self) -> bytes:
        """What a trust store needs in order to believe this authority."""
        return self._root.pem

    @cached_property
    def key_pem(self) -> bytes:
        """The private key of every leaf, unencrypted: it protects nothing."""
        return pki.key_pem(self._leaf_key)

    def chain_pem(self, endpoint: Endpoint) -> bytes:
        """Return the certificates that ``endpoint`` sends, leaf first."""
        leaf = self._leaf(endpoint)
        if endpoint.chain in {Chain.SELF_SIGNED, Chain.INCOMPLETE}:
            return leaf.pem
        return leaf.pem + self._issuer.pem

    def _leaf(self, endpoint: Endpoint) -> pki.Issuer:
        host = ELSEWHERE if endpoint.chain is Chain.WRONG_HOST else endpoint.host
        issue = pki.self_signed if endpoint.chain is Chain.SELF_SIGNED else self._issuer.leaf
        return issue(host, key=self._leaf_key, not_before=endpoint.not_before, not_after=endpoint.not_after)
