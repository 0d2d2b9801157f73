"""What a server sends back for a mail that it took and cannot deliver: a delivery report (RFC 3464)."""

from sandbox.smtp import Delivered

_REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.clients.test (Mail Delivery System)
To: {sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="returned"

--returned
Content-Type: text/plain; charset=us-ascii

<{recipient}>: 550 5.1.1 User unknown in virtual mailbox table

--returned
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.clients.test

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown in virtual mailbox table

--returned
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--returned--
"""


def report(mail: Delivered) -> bytes:
    """Return the report that goes to a mail's return path."""
    about = {"sender": mail.sender, "recipient": mail.recipients[0], "message_id": mail.message["Message-ID"]}
    return _REPORT.format(**about).replace("\n", "\r\n").encode()
