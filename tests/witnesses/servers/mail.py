"""Postfix and Dovecot."""

from rules.certificates.observation import Protocol
from tests.witnesses.servers.place import Place

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
myhostname = {host}
mydestination =
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_security_level = may
"""

_MASTER = """\
{smtp} inet n - n - - smtpd
{submission} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def postfix(place: Place) -> None:
    """Start Postfix' master in the foreground, with a queue of its own, which the check makes."""
    place.made("queue")
    place.made("data", "postfix")
    where = {"folder": place.folder, "host": place.host, "key": place.key, "certificate": place.certificate}
    place.write("conf/main.cf", _MAIN.format(**where))
    ports = {"smtp": place.ports[Protocol.SMTP], "submission": place.ports[Protocol.SUBMISSION]}
    place.write("conf/master.cf", _MASTER.format(**ports))
    place.run("/usr/sbin/postfix", "-c", place.folder / "conf", "check")
    place.start("/usr/lib/postfix/sbin/master", "-c", place.folder / "conf", "-d")


_DOVECOT = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
listen = 127.0.0.1
protocols = imap pop3 sieve
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service managesieve-login {{
  inet_listener sieve {{
    port = {sieve}
  }}
}}
"""


def dovecot(place: Place) -> None:
    """Start Dovecot in the foreground; nobody can log in to anything that matters."""
    ports = {str(protocol): port for protocol, port in place.ports.items()}
    where = {"folder": place.folder, "key": place.key, "certificate": place.certificate}
    configuration = place.write("dovecot.conf", _DOVECOT.format(**where, **ports))
    place.start("/usr/sbin/dovecot", "-F", "-c", configuration)
