"""Why a certificate is to be renewed when it is, in words that complete "because"."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from rules.certificates.renewal import Renewal, RenewalBasis
from rules.x509.violations import Parameter
from wording import fragments
from wording.messages import _, said

_BECAUSE = {
    RenewalBasis.WINDOW: "its CA suggests to renew it by {until}",
    RenewalBasis.HABIT: "certificates here are renewed at about {percent} % of their lifetime",
    RenewalBasis.LIFETIME: "a {lifetime} certificate is renewed after about {after}",
    RenewalBasis.BY_HAND: "a {lifetime} certificate is renewed by hand, {before_end} before its end",
}


def because(renewal: Renewal) -> str:
    """Return why a certificate is to be renewed when it is."""
    return of_basis(renewal.basis, dict(renewal.parameters))


def of_basis(basis: RenewalBasis, parameters: Mapping[str, Parameter]) -> str:
    """Return the same for a basis of renewal and its parameters. Raises ``KeyError`` where a parameter is missing."""
    values = dict(parameters)
    if "until" in values:
        values["until"] = fragments.moment(datetime.fromisoformat(str(values["until"])))
    if "life_s" in values:
        values["lifetime"] = fragments.lifetime(_length(values["life_s"]))
    for name in ("after", "before_end"):
        if f"{name}_s" in values:
            values[name] = said(fragments.length(_length(values[f"{name}_s"])))
    return _(_BECAUSE[basis]).format_map(values)


def _length(seconds: Parameter) -> timedelta:
    return timedelta(seconds=int(str(seconds)))
