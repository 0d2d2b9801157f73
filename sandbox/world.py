"""All of the sandbox at once: every server over one portfolio, and the settings that point Nolapse at them."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from sandbox import bounce_report, dns
from sandbox.authority import Authority
from sandbox.clamd import ClamdServer
from sandbox.dns import DnsServer
from sandbox.imap import ImapServer
from sandbox.rdap import RdapServer
from sandbox.smtp import SmtpServer
from sandbox.stripe import KEY, WEBHOOK_SECRET, StripeServer
from sandbox.tls import TlsServer
from sandbox.truth import Portfolio
from sandbox.vies import ViesServer
from sandbox.whois import WhoisServer

STAFF = "staff@nolapse.test"


class World:
    """The servers of a portfolio, on free ports of 127.0.0.1. A context manager."""

    def __init__(self, portfolio: Portfolio, folder: Path) -> None:
        self.portfolio = portfolio
        self._folder = folder
        self._authority = Authority()
        names = [each.name for each in portfolio.domains]
        self.rdap = RdapServer(portfolio.domains)
        self.whois = WhoisServer(portfolio.domains, thin=names[3::8])
        self.dns = DnsServer(dns.zones(portfolio.domains))
        self.tls = TlsServer(portfolio.endpoints, self._authority)
        self.smtp = SmtpServer(folder=folder / "sandbox-mail")
        self.imap = ImapServer()
        self.stripe = StripeServer()
        self.clamd = ClamdServer()
        self.vies = ViesServer()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "sandbox-mail").mkdir(exist_ok=True)
        self._roots.write_bytes(self._authority.root_pem)
        for server in (
            *(self.rdap, self.whois, self.dns, self.tls, self.smtp, self.imap, self.stripe, self.clamd, self.vies),
        ):
            self._running.enter_context(server)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def send_back(self) -> None:
        """Put into the mailbox of bounces what comes back: a report of each mail to a client whose mailbox is gone."""
        gone = {one.email for one in self.portfolio.clients if one.mailbox_gone}
        self.imap.messages += [bounce_report.report(one) for one in self.smtp.mailbox if gone & {*one.recipients}]

    @property
    def _roots(self) -> Path:
        return self._folder / "sandbox-roots.pem"

    def environment(self) -> dict[str, str]:
        """Return the variables that make a Nolapse live in this world."""
        return {
            "NOLAPSE_HOME": str(self._folder),
            "NOLAPSE_RDAP_BOOTSTRAP_URL": self.rdap.bootstrap_url,
            "NOLAPSE_WHOIS_ROOT": self.whois.address,
            "NOLAPSE_DNS_RESOLVERS": self.dns.resolver,
            "NOLAPSE_DNS_PORT": str(self.dns.port),
            "NOLAPSE_ALLOWED_NETWORKS": "127.0.0.0/8",
            "NOLAPSE_HOSTS": json.dumps({"*.test": "127.0.0.1", "*.example": "127.0.0.1"}),
            "NOLAPSE_CA_FILE": str(self._roots),
            "NOLAPSE_CLAMD_URL": self.clamd.url,
            "NOLAPSE_SMTP_URL": self.smtp.url,
            "NOLAPSE_MAIL_BOX_URL": self.imap.url,
            "NOLAPSE_MAIL_FROM": "Nolapse <nolapse@nolapse.test>",
            "NOLAPSE_STAFF_EMAILS": STAFF,
            "NOLAPSE_ALERT_MAILS_APART_S": "5",
            "NOLAPSE_STRIPE_KEY": KEY,
            "NOLAPSE_STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
            "NOLAPSE_STRIPE_URL": self.stripe.url,
            "NOLAPSE_VIES_URL": self.vies.url,
            "NOLAPSE_SELLER_NAME": "Sandbox Agency",
            "NOLAPSE_SELLER_ADDRESS": "1 Loopback Lane,127 Localtown",
        }
