"""Puts our TLS servers, files, documents and mails to independent witnesses: ``python -m tests.witnesses``.

Installs what is missing, as root of a Debian machine. Returns 1 where we found something else than what is wrong,
where a witness differs and nobody knows why, where a known reason is not needed any more, or where a real server could
not be had. With ``--write``, docs/witnesses.md is brought up to date.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.witnesses import beside, bucket, clamav, mailing, real, report
from tests.witnesses.explanations import explanations


def main(arguments: list[str]) -> int:
    """Run everything and show it; return the exit code."""
    began = monotonic()
    known = explanations()
    with TemporaryDirectory(prefix="nolapse-witnesses-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the servers run as users of their own
        rows = beside.rows(folder, known)
        passages = list(real.passages(folder))
        others = [*clamav.failures(folder), *bucket.failures(folder), *mailing.failures(folder)]
    text = report.page(rows, passages, monotonic() - began)
    wrong = report.failures(rows, passages)
    wrong += others
    wrong += [f"{who}: no difference needs the reason for {name}" for who, one in known.items() for name in one.unused]
    sys.stdout.write("\n".join([text, "", *wrong, ""]))
    if "--write" in arguments:
        report.write(text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
