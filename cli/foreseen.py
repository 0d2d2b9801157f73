"""Errors that commands foresee: each is one line on standard error, and no traceback."""

import settings
from api_stub.security import passwords
from db import connection, migrate
from db.access import users
from db.billing.subscriptions import NotChangeable
from db.ledger import staff_actions
from integrations.errors import IntegrationError
from rules import portfolio
from rules.bank.bank_file import BadBankFile
from rules.billing.crediting import NotCreditable
from rules.billing.entries import BadEntry
from rules.billing.invoice_description import BadDescription
from rules.names import NotAHost, NotRegistrable
from schedules.clock import UnknownSchedule
from schedules.cron import BadSchedule
from tasks.engine.errors import BadArguments, UnknownTask
from tasks.payments import collection
from tasks.transport import redis_queue
from workers import history_notes
from workers.redis_server import NoRedisServer

BAD_INPUT = (
    settings.BadSettings,
    UnknownTask,
    BadArguments,
    UnknownSchedule,
    BadSchedule,
    NotAHost,
    NotRegistrable,
    portfolio.BadFile,
    BadDescription,
    BadEntry,
    NotChangeable,
    staff_actions.NotPossible,
    collection.NotCollectable,
    BadBankFile,
    NotCreditable,
    passwords.Unfit,
    connection.ImpossiblePath,
    users.NameTaken,
    users.LastOwner,
    LookupError,
)
COULD_NOT = (
    connection.UnsupportedDatabase,
    migrate.SchemaOutdated,
    redis_queue.RedisUnfit,
    history_notes.DatabaseRestored,
    NoRedisServer,
    IntegrationError,
    *connection.Unreachable,
    OSError,
)
