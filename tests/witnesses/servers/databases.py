"""PostgreSQL and MariaDB, each with a data folder of its own: those that the machine runs are not touched."""

from pathlib import Path
from shutil import chown

from rules.certificates.observation import Protocol
from tests.witnesses.servers.place import NotStarted, Place

POSTGRES_USER, MARIADB_USER = "postgres", "mysql"


def postgresql(place: Place) -> None:
    """Start PostgreSQL as its own user, because it refuses to run as root."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not programs:
        raise NotStarted("there is no program in /usr/lib/postgresql")
    data, as_user = place.made("data", POSTGRES_USER), ("runuser", "-u", POSTGRES_USER, "--")
    place.run(*as_user, programs[-1].with_name("initdb"), "--no-sync", "--auth=trust", "-D", data)
    place.key.chmod(0o600)
    chown(place.key, POSTGRES_USER, POSTGRES_USER)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": place.ports[Protocol.POSTGRES],
        "unix_socket_directories": data,
        "ssl": "on",
        "ssl_cert_file": place.certificate,
        "ssl_key_file": place.key,
    }
    given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    place.start(*as_user, programs[-1], "-D", data, *given)


def mariadb(place: Place) -> None:
    data = place.made("data", MARIADB_USER)
    common = ("--no-defaults", f"--datadir={data}", f"--user={MARIADB_USER}")
    place.run("/usr/bin/mariadb-install-db", *common, "--skip-test-db", "--auth-root-authentication-method=normal")
    place.start(
        "/usr/sbin/mariadbd",
        *common,
        "--bind-address=127.0.0.1",
        f"--port={place.ports[Protocol.MYSQL]}",
        f"--socket={data}/socket",
        f"--ssl-cert={place.certificate}",
        f"--ssl-key={place.key}",
    )
