"""Says in a process of its own which invoice a bank's move pays; without an invoice, takes back that it paid one.

``python -m tests.support.confirming MOVE [INVOICE]`` ends with 1 where there is nothing left to book.
"""

import os
import sys

import settings
from db import connection
from tasks.payments import bank_booking
from tasks.payments.collection import NotCollectable


def main() -> None:
    """Book all that is left of the move, or take back what was booked of it."""
    move, *invoice = map(int, sys.argv[1:])
    connection.connect(settings.current().database_url)
    with connection.session():
        try:
            if invoice:
                bank_booking.book(move, invoice[0], None, by=f"person {os.getpid()}")
            else:
                bank_booking.unbook(move, by=f"person {os.getpid()}")
        except NotCollectable:
            sys.exit(1)


if __name__ == "__main__":
    main()
