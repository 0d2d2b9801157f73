"""Postfix with postgrey and opendkim, and Dovecot, from Debian: started together in a folder, and ended."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from ipaddress import ip_network
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from integrations import mail_signature, oauth_tokens
from integrations.guard import Guard
from integrations.oauth_tokens import TokenSource
from integrations.smtp import Relay
from rules.certificates.observation import Protocol
from rules.mail.mailbox_address import MailboxAddress
from rules.mail.oauth_accounts import TokenGrant
from sandbox.configurations.authorities import Authorities
from sandbox.files import Files
from sandbox.oauth import CLIENT, REFRESH_TOKEN, TokenEndpoint
from tests.witnesses.servers.place import Place, free_ports

PACKAGES = ("postfix", "postgrey", "opendkim", "dovecot-imapd")
BRINGS = ("/usr/sbin/postfix", "/usr/sbin/postgrey", "/usr/sbin/opendkim", "/usr/lib/dovecot/imap-login")
GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
DELAY_S = 2
"""How long postgrey lets a mail wait."""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
myhostname = mx.clients.test
mydestination =
alias_maps =
recipient_delimiter = +
virtual_mailbox_domains = clients.test, nolapse.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
transport_maps = texthash:{folder}/transport
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/sasl
smtpd_sasl_security_options = noanonymous
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, check_policy_service inet:127.0.0.1:{postgrey}
smtpd_milters = inet:127.0.0.1:{opendkim}
milter_mail_macros = i {{mail_addr}}
milter_default_action = tempfail
"""

_MASTER = """\
{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
gone unix - n n - - pipe user=nobody argv={folder}/gone.sh
postlog unix-dgram n - n - 1 postlogd
"""

_DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = no
auth_mechanisms = xoauth2
mail_location = maildir:{folder}/mail/bounces
first_valid_uid = 1
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  unix_listener {folder}/sasl {{
    mode = 0666
  }}
}}
"""

_OAUTH2 = """\
introspection_url = {url}
introspection_mode = post
username_attribute = username
active_attribute = active
active_value = true
"""

_OPENDKIM = """\
Mode v
Socket inet:{port}@127.0.0.1
TestPublicKeys {keys}
AuthservID mx.clients.test
AlwaysAddARHeader yes
InternalHosts 192.0.2.1
Syslog no
UserID opendkim
"""


@dataclass(frozen=True, slots=True)
class MailServers:
    """What is running, and how it is spoken to."""

    folder: Path
    relay_url: str
    box: MailboxAddress
    trust: ssl.SSLContext
    tokens: TokenSource
    endpoint: TokenEndpoint
    dkim_key: str

    def relay(self, *, signed: bool = True) -> Relay:
        """Return our client of the relay, which signs, or alters what it has signed."""
        sign = mail_signature.signer(self.dkim_key, selector="s1", domain="nolapse.test")
        altered = sign if signed else lambda raw: sign(raw).replace(b"Hello", b"Adieu")
        return Relay(self.relay_url, timeout_s=10, trust=self.trust, sign=altered, tokens=self.tokens)

    def taken(self, box: str) -> list[Message]:
        """Return what has been delivered to a mailbox."""
        return [
            message_from_bytes(one.read_bytes(), policy=default)
            for one in sorted((self.folder / "mail" / box).glob("new/*"))
        ]


@contextmanager
def running(folder: Path) -> Iterator[MailServers]:
    """Start all four in a folder, and end them."""
    ports = free_ports([Protocol.SMTP, Protocol.SUBMISSION, Protocol.POP3, Protocol.IMAP])
    with ExitStack() as stack:
        made = Authorities(datetime.now(UTC), stack.enter_context(Files()))
        endpoint = stack.enter_context(TokenEndpoint())
        place = stack.enter_context(closing(Place("localhost", folder, ports)))
        place.certify(made.leaf("localhost"), made.private)
        key = rsa.generate_private_key(65537, 2048)
        _start(place, endpoint, key.public_key())
        place.wait()
        trust = ssl.create_default_context(cadata=made.private_root.issuer.pem.decode())
        grant = TokenGrant(endpoint.url, *CLIENT, REFRESH_TOKEN, "", "")
        yield MailServers(
            folder=folder,
            relay_url=f"smtp://bounces@localhost:{ports[Protocol.SMTP]}?auth=xoauth2",
            box=MailboxAddress.parse(f"imap://bounces@127.0.0.1:{ports[Protocol.IMAP]}/INBOX?auth=xoauth2"),
            trust=trust,
            tokens=oauth_tokens.source(grant, GUARD),
            endpoint=endpoint,
            dkim_key=key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
        )


def _start(place: Place, endpoint: TokenEndpoint, public: rsa.RSAPublicKey) -> None:
    owner = place.made("mail", "mail").stat()
    where = {
        "folder": place.folder,
        "key": place.key,
        "certificate": place.certificate,
        "uid": owner.st_uid,
        "gid": owner.st_gid,
        "postgrey": place.ports[Protocol.SUBMISSION],
        "opendkim": place.ports[Protocol.POP3],
        "imap": place.ports[Protocol.IMAP],
        "smtp": place.ports[Protocol.SMTP],
    }
    place.write("oauth2.conf", _OAUTH2.format(url=endpoint.introspection_url))
    place.start("/usr/sbin/dovecot", "-F", "-c", place.write("dovecot.conf", _DOVECOT.format(**where)))
    greylist = place.made("greylist", "postgrey")
    where_it_is = (f"--inet=127.0.0.1:{where['postgrey']}", f"--dbdir={greylist}", f"--pidfile={greylist}/pid")
    place.start("/usr/sbin/postgrey", *where_it_is, f"--delay={DELAY_S}")
    keys = place.write("keys", f"s1._domainkey.nolapse.test {_record(public)}\n")
    conf = place.write("opendkim.conf", _OPENDKIM.format(port=where["opendkim"], keys=keys))
    place.start("/usr/sbin/opendkim", "-f", "-x", conf)
    _start_postfix(place, where)


def _start_postfix(place: Place, where: dict[str, object]) -> None:
    place.made("queue")
    place.made("data", "postfix")
    place.write("boxes", "ada@clients.test ada/\ngone@clients.test gone/\nbounces@nolapse.test bounces/\n")
    place.write("transport", "gone@clients.test gone:\n")
    place.write("gone.sh", "#!/bin/sh\ncat >/dev/null\nexit 67  # EX_NOUSER\n").chmod(0o755)
    place.write("conf/main.cf", _MAIN.format(**where))
    place.write("conf/master.cf", _MASTER.format(**where))
    place.run("/usr/sbin/postfix", "-c", place.folder / "conf", "check")
    place.start("/usr/lib/postfix/sbin/master", "-c", place.folder / "conf", "-d")


def _record(public: rsa.RSAPublicKey) -> str:
    """Return a key as the DNS would hold it."""
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return "v=DKIM1; k=rsa; p=" + "".join(pem.split("\n")[1:-2])
