"""A client whose bank asks them to confirm (SCA) is mailed a link for that, once for each attempt."""

from db.billing import invoices
from db.payments.attempts import PaymentAttempt
from db.portfolio import clients
from rules import languages
from rules.billing import money
from tasks import mail, senders, signed_links
from tasks.mail import client_mails, letters
from tasks.mail.letters.brand import Brand
from tasks.payments import client_links


def ask(attempt: PaymentAttempt) -> None:
    """Mail the link, in the caller's transaction; a client without an address gets none."""
    client = clients.get(attempt.client_id)
    if not client.email:
        return
    invoice, sender = invoices.require(attempt.invoice_id), senders.of_client(attempt.client_id)
    link_id = client_links.make(invoice, by="payments.charge")
    language = languages.negotiate(client.language, letters.LANGUAGES)
    letter = letters.render(
        "confirm_payment",
        language=language,
        brand=Brand.of_sender(sender),
        client_name=client.name,
        number=invoice.name,
        amount=money.display(attempt.amount, language),
        seller_name=sender.name,
        link=signed_links.placeholder(link_id),
    )
    posted = client_mails.mail(
        letter,
        client,
        sender,
        dedupe_key=f"confirm:{attempt.id}",
    )
    mail.post(posted, links=[link_id])
