"""Why an endpoint is scanned when it is, in words that complete "because"."""

from datetime import timedelta

from rules.certificates.next_scan import NextScan, ScanReason
from rules.x509.violations import Parameter
from wording import fragments

_BECAUSE = {
    ScanReason.NEW: "nobody has scanned it yet",
    ScanReason.DAILY: "each endpoint is scanned daily",
    ScanReason.SILENT: "some address did not answer the last {times}",
    ScanReason.RECENTLY_SILENT: "some address answers again that did not a few scans ago",
    ScanReason.TROUBLE: "we could not look ourselves",
    ScanReason.ROLLOUT: "a new certificate is being rolled out",
    ScanReason.MACHINES: "machines behind its address serve different certificates",
    ScanReason.REFUSED: "clients refuse it",
    ScanReason.ENDED: "its certificate ended {length} ago",
    ScanReason.ENDING: "its certificate ends in {length}",
    ScanReason.SHORT_LIFE: "its certificate lives {length} only",
    ScanReason.DUE: "its renewal is due",
    ScanReason.LATE: "its renewal is late",
    ScanReason.JUST_ENDED: "its certificate will just have ended",
    ScanReason.CHAIN_ENDING: "a certificate of its chain ends in {length}",
    ScanReason.CHAIN_JUST_ENDED: "a certificate of its chain will just have ended",
    ScanReason.JUST_DUE: "its renewal will just have become due",
    ScanReason.JUST_LATE: "its renewal will just have become late",
}


def because(scan: NextScan) -> str:
    """Return why an endpoint is scanned next when it is."""
    parameters = dict(scan.parameters)
    times, seconds = parameters.get("times", 1), parameters.get("length_s", 0)
    return _BECAUSE[scan.reason].format(
        times=_times(times), length=fragments.length(timedelta(seconds=int(str(seconds))))
    )


def _times(number: Parameter) -> str:
    return "time" if number == 1 else f"{number} times"
