"""A file server, a directory and a chat server: vsftpd, OpenLDAP's slapd, Prosody."""

from rules.certificates.observation import Protocol
from tests.witnesses.servers.place import Place

_VSFTPD = """\
background=NO
listen=YES
listen_address=127.0.0.1
listen_port={port}
local_enable=YES
anonymous_enable=NO
secure_chroot_dir={folder}/empty
ssl_enable=YES
rsa_cert_file={certificate}
rsa_private_key_file={key}
vsftpd_log_file={folder}/log
"""


def vsftpd(place: Place) -> None:
    place.made("empty")
    where = {"folder": place.folder, "key": place.key, "certificate": place.certificate}
    configuration = place.write("vsftpd.conf", _VSFTPD.format(port=place.ports[Protocol.FTP], **where))
    place.start("/usr/sbin/vsftpd", configuration)


_SLAPD = """\
include /etc/ldap/schema/core.schema
pidfile {folder}/pid
argsfile {folder}/args
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
"""


def slapd(place: Place) -> None:
    """Start slapd without any database: its root entry and StartTLS are enough."""
    where = {"folder": place.folder, "key": place.key, "certificate": place.certificate}
    configuration = place.write("slapd.conf", _SLAPD.format(**where))
    url = f"ldap://127.0.0.1:{place.ports[Protocol.LDAP]}/"
    place.start("/usr/sbin/slapd", "-d", "0", "-h", url, "-f", configuration)


_PROSODY = """\
run_as_root = true
daemonize = false
pidfile = "{folder}/pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
modules_enabled = {{ "saslauth", "tls" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = true
log = {{ info = "{folder}/log" }}
VirtualHost "{host}"
  ssl = {{ certificate = "{certificate}", key = "{key}" }}
"""


def prosody(place: Place) -> None:
    place.made("data")
    where = {"folder": place.folder, "host": place.host, "key": place.key, "certificate": place.certificate}
    configuration = place.write("prosody.cfg.lua", _PROSODY.format(port=place.ports[Protocol.XMPP], **where))
    place.start("/usr/bin/prosody", "--config", configuration, "-F")
