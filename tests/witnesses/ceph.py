"""Ceph's object gateway from Debian as a bucket: a monitor, a store in memory and the gateway, all on loopback.

It judges signatures, expiry, policies and locks, which moto's server in the tests does not look at.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from uuid import uuid4

import boto3

from integrations.storage.s3 import S3Keys
from tests.support.eventually import eventually
from tests.witnesses import packages
from tests.witnesses.servers.place import NotStarted, Place, answers, free_ports

_GATEWAY = Path("/usr/bin/radosgw")
_PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
_WITHIN_S = 60
_BESIDE_GATEWAY = 2
"""Processes that run before the gateway starts: the monitor and the store."""

_CONF = """\
[global]
fsid = {fsid}
mon_initial_members = a
mon_host = v1:127.0.0.1:{monitor}
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data = {folder}/mon
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 8589934592
rgw_data = {folder}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{gateway}
rgw_crypt_require_ssl = false
rgw_crypt_default_encryption_key = 4YSmvJtBv0aZ7geVgAsdpRnLBEwWSWlMIGnRS8a9TSA=
run_dir = {folder}
log_file = {folder}/$name.log
admin_socket = {folder}/$name.asok
pid_file =
"""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: its URL, and the account that owns all buckets and may say what the others may."""

    endpoint: str
    owner: S3Keys
    place: Place
    keys: dict[str, S3Keys] = field(default_factory=dict[str, S3Keys])
    """Of the accounts that were made."""

    def account(self, name: str) -> S3Keys:
        """Make an account that owns nothing and may do nothing; return its keys."""
        keys = S3Keys(f"KEYOF{name.upper()}", f"secret-of-{name}")
        _account(self.place, name, keys)
        self.keys[name] = keys
        return keys

    def allow(self, name: str, policy: dict[str, Any]) -> None:
        """Give an account a policy, as IAM takes it."""
        self._client("iam").put_user_policy(UserName=name, PolicyName="documents", PolicyDocument=json.dumps(policy))

    def allow_by_bucket(self, bucket: str, name: str, policy: dict[str, Any]) -> None:
        """Give an account the same by the bucket's own policy."""
        who = {"AWS": [f"arn:aws:iam:::user/{name}"]}
        statements = [{**one, "Principal": who} for one in policy["Statement"]]
        self._client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": statements}))

    def make_bucket(self, name: str) -> None:
        """Make a bucket with Object Lock."""
        self._client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)

    def _client(self, service: Literal["s3", "iam"]) -> Any:
        return boto3.client(
            cast("Any", service),
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.owner.access,
            aws_secret_access_key=self.owner.secret,
        )


@contextmanager
def running(folder: Path) -> Iterator[Gateway]:
    """Start a gateway whose owner has the keys of the tests. Raises ``Missing`` or ``NotStarted``."""
    if not _GATEWAY.exists():
        packages.install(_PACKAGES)
    place = Place("ceph", folder / "ceph", {})
    place.folder.mkdir()
    ports = free_ports(("monitor", "gateway"))
    monitor, gateway = ports["monitor"], ports["gateway"]
    with closing(place):
        _start(place, monitor, gateway)
        owner = S3Keys("AKIAEXAMPLE", "a-secret-of-the-tests")
        _account(place, "owner", owner)
        _admin(place, "caps", "add", "--uid=owner", "--caps=user-policy=*")
        place.start("radosgw", "-f", "-n", "client.rgw", *_configured(place))
        eventually(lambda: answers(gateway), what="the gateway answers")
        yield Gateway(f"http://127.0.0.1:{gateway}", owner, place)


def _start(place: Place, monitor: int, gateway: int) -> None:
    """Start the monitor and the store."""
    fsid, store = str(uuid4()), str(uuid4())
    place.write("ceph.conf", _CONF.format(fsid=fsid, folder=place.folder, monitor=monitor, gateway=gateway))
    for name in ("mon", "osd", "rgw"):
        place.made(name)
    conf, monitors = _configured(place), place.folder / "monitors"
    place.run("monmaptool", "--create", "--addv", "a", f"v1:127.0.0.1:{monitor}", "--fsid", fsid, monitors)
    place.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monitors, *conf)
    place.start("ceph-mon", "-f", "-i", "a", *conf)
    _within("ceph", *conf, "osd", "new", store, place=place)
    place.run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", store, *conf)
    eventually(lambda: _is_up(place), what="the store is up")


def _is_up(place: Place) -> bool:
    """Tell whether the store serves, and start it where it does not run: one that comes too early ends at once."""
    if len([process for process in place.processes if process.poll() is None]) < _BESIDE_GATEWAY:
        place.start("ceph-osd", "-f", "-i", "0", *_configured(place))
    told = ["timeout", "10", "ceph", *_configured(place), "osd", "stat", "--format", "json"]
    done = subprocess.run(told, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.returncode == 0 and json.loads(done.stdout)["num_up_osds"] == 1


def _account(place: Place, name: str, keys: S3Keys) -> None:
    named = (f"--uid={name}", f"--display-name={name}")
    _admin(place, "user", "create", *named, f"--access-key={keys.access}", f"--secret-key={keys.secret}")


def _admin(place: Place, *asked: str) -> None:
    _within("radosgw-admin", "-n", "client.rgw", *_configured(place), *asked, place=place)


def _within(*command: str, place: Place) -> None:
    """Run a command that waits for the cluster as long as there is none. Raises ``NotStarted``."""
    done = subprocess.run(
        ["timeout", str(_WITHIN_S), *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise NotStarted(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]} ({place.folder})")


def _configured(place: Place) -> tuple[str, str]:
    return "-c", str(place.folder / "ceph.conf")
