"""What staff should do about an alert that does not say so itself."""

from wording.messages import N_, _

_ADVICE = {
    "domain_dns": "Mend the zone or its delegation at the provider who hosts the domain's DNS.",
    "certificate_expiry": "Renew the certificate and check that the server serves the new one.",
    "certificate_fault": "Look at what the server sends; visitors may see a warning now.",
    "mail_failed": "Mend the client's address, then retry the job; the relay's reply says what is wrong.",
    "invoice_not_issued": "Mend the field that it names, of the client or the sender, then bill the client again.",
    "invoice_undocumented": "Mend what the error names, such as a letter in the client's name, then retry the job.",
    "billing_held_back": "End the subscription, or mend what it names; the next run bills it then.",
    "document_quarantined": "Nobody can open it. Tell whoever sent it, then delete it.",
    "document_unscanned": "See that clamd answers and is fit (nolapse doctor --outside); the scan is made up for.",
    "alert_mail_failed": "Mend the address of whoever is told of alerts, or lift its suppression.",
    "jobs_unknown:mail.send": "Ask the recipient, or the relay's log, before the mail is sent again.",
}
_BEGINNINGS = {
    "alert_channel_failed:": "Mend NOLAPSE_ALERT_CHANNELS, or its service, then send a test; mails stand in for it.",
}
_OTHERWISE = N_("Look at the jobs' errors; retry them when the cause is gone.")


def advice(kind: str) -> str:
    """Return what to do about an alert of a kind."""
    begun = (words for beginning, words in _BEGINNINGS.items() if kind.startswith(beginning))
    return _(_ADVICE.get(kind) or next(begun, _OTHERWISE))
