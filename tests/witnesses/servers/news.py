"""INN's nnrpd. Debian's package does not install on a machine without a domain of its own, so it is only unpacked."""

from pathlib import Path
from shutil import chown

from rules.certificates.observation import Protocol
from tests.witnesses.servers.place import Place

USER = "news"
UNPACKED = "unpacked"
PROGRAMS = "usr/lib/news"

_INN = """\
mta: "/bin/false %s"
organization: Witnesses
ovmethod: tradindexed
hismethod: hisv6
pathhost: {host}
domain: {host}
pathnews: {news}
pathdb: {folder}/db
pathetc: {folder}/etc
pathrun: {folder}/run
pathspool: {folder}/spool
pathlog: {folder}/logs
pathtmp: {folder}/run
runasuser: news
runasgroup: news
tlscertfile: {certificate}
tlskeyfile: {key}
"""

_READERS = """\
auth "all" { hosts: "*" default: "<reader>" }
access "all" { users: "*" newsgroups: "*" access: R }
"""


def nnrpd(place: Place, packages: Path) -> None:
    """Start nnrpd by itself, with an empty history and no groups, from the archive among ``packages``."""
    archive = next(packages.glob("inn2_*.deb"))
    place.run("dpkg-deb", "--extract", archive, place.folder / UNPACKED)
    news = place.folder / UNPACKED / PROGRAMS
    _lay_out(place, news)
    asked = ("env", f"INNCONF={place.folder}/inn.conf", f"LD_LIBRARY_PATH={news}")
    as_user = ("runuser", "-u", USER, "--", *asked)
    place.run(*as_user, news / "bin/overchan")
    place.run(*as_user, news / "bin/makedbz", "-i", "-o", "-f", place.folder / "db/history")
    place.start(*asked, news / "bin/nnrpd", "-D", "-f", "-b", "127.0.0.1", "-p", str(place.ports[Protocol.NNTP]))


def _lay_out(place: Place, news: Path) -> None:
    where = {"folder": place.folder, "key": place.key, "certificate": place.certificate, "news": news}
    place.write("inn.conf", _INN.format(host=place.host, **where))
    for name in ("db", "run", "spool", "spool/overview", "logs"):
        place.made(name, USER)
    place.write("etc/readers.conf", _READERS)
    for name in ("etc/storage.conf", "db/active", "db/newsgroups", "db/history"):
        chown(place.write(name, ""), USER, USER)
    chown(place.key, USER, USER)
    place.key.chmod(0o600)
