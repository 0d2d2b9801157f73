"""Why an endpoint is scanned when it is, in words that complete "because"."""

from datetime import timedelta

from rules.certificates.next_scan import NextScan, ScanReason
from rules.translatable import Translatable
from wording import fragments

_BECAUSE = {
    ScanReason.NEW: "nobody has scanned it yet",
    ScanReason.DAILY: "each endpoint is scanned daily",
    ScanReason.RECENTLY_SILENT: "some address answers again that did not a few scans ago",
    ScanReason.TROUBLE: "we could not look ourselves",
    ScanReason.ROLLOUT: "a new certificate is being rolled out",
    ScanReason.MACHINES: "machines behind its address serve different certificates",
    ScanReason.REFUSED: "clients refuse it",
    ScanReason.ENDED: "its certificate ended {past}",
    ScanReason.ENDING: "its certificate ends {coming}",
    ScanReason.SHORT_LIFE: "its certificate lives {length} only",
    ScanReason.DUE: "its renewal is due",
    ScanReason.LATE: "its renewal is late",
    ScanReason.JUST_ENDED: "its certificate will just have ended",
    ScanReason.CHAIN_ENDING: "a certificate of its chain ends {coming}",
    ScanReason.CHAIN_JUST_ENDED: "a certificate of its chain will just have ended",
    ScanReason.JUST_DUE: "its renewal will just have become due",
    ScanReason.JUST_LATE: "its renewal will just have become late",
}


def because(scan: NextScan) -> Translatable:
    """Return why an endpoint is scanned next when it is."""
    parameters = dict(scan.parameters)
    if scan.reason is ScanReason.SILENT:
        return Translatable.counted(
            "some address did not answer the last time",
            "some address did not answer the last {number} times",
            int(str(parameters.get("times", 1))),
        )
    message = _BECAUSE[scan.reason]
    length = timedelta(seconds=int(str(parameters.get("length_s", 0))))
    values = {"length": fragments.length, "past": fragments.past, "coming": fragments.coming}
    return Translatable(message, **{name: said(length) for name, said in values.items() if f"{{{name}}}" in message})
