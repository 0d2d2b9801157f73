"""Real servers of Debian that speak STARTTLS, each started from a folder of its own, on loopback."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rules.certificates.observation import Protocol
from tests.witnesses import packages
from tests.witnesses.servers import databases, mail, news, others
from tests.witnesses.servers.place import Place


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to have a server: its Debian packages, a file that they bring, what it speaks and how it is started."""

    name: str
    packages: tuple[str, ...]
    brings: Path
    protocols: tuple[Protocol, ...]
    start: Callable[[Place], None]


def _nnrpd(place: Place) -> None:
    news.nnrpd(place, packages.fetch("inn2"))


RECIPES = tuple(
    Recipe(name, needs, Path(brings), speaks, start)
    for name, needs, brings, speaks, start in (
        ("postfix", ("postfix",), "/usr/sbin/postfix", (Protocol.SMTP, Protocol.SUBMISSION), mail.postfix),
        (
            "dovecot",
            ("dovecot-imapd", "dovecot-pop3d", "dovecot-managesieved"),
            "/usr/lib/dovecot/managesieve-login",
            (Protocol.IMAP, Protocol.POP3, Protocol.SIEVE),
            mail.dovecot,
        ),
        ("vsftpd", ("vsftpd",), "/usr/sbin/vsftpd", (Protocol.FTP,), others.vsftpd),
        ("slapd", ("slapd",), "/usr/sbin/slapd", (Protocol.LDAP,), others.slapd),
        ("prosody", ("prosody", "lua-sec"), "/usr/bin/prosody", (Protocol.XMPP,), others.prosody),
        ("postgresql", ("postgresql",), "/usr/lib/postgresql", (Protocol.POSTGRES,), databases.postgresql),
        ("mariadb", ("mariadb-server",), "/usr/sbin/mariadbd", (Protocol.MYSQL,), databases.mariadb),
        ("nnrpd", ("inn2-inews", "libcanlock3"), "/usr/lib/news/libinn.so.9", (Protocol.NNTP,), _nnrpd),
    )
)
