"""Every table, in an order in which they can be created."""

from db.access import models as access
from db.alerting import models as alerting
from db.base import Table
from db.billing import models as billing
from db.documents import models as documents
from db.ledger import models as ledger
from db.mail import models as mail
from db.outside import models as outside
from db.payments import models as payments
from db.portfolio import models as portfolio
from db.trends import models as trends

TABLES: tuple[type[Table], ...] = (
    portfolio.Client, mail.ClientNotice, mail.ClientReport,
    portfolio.Domain, portfolio.DomainState, portfolio.DomainDns, portfolio.DomainOwnership, portfolio.DomainAnswer,
    portfolio.Endpoint, portfolio.EndpointState, portfolio.EndpointCertificate, portfolio.EndpointScan,
    portfolio.Event, alerting.Alert, alerting.AlertEvent,
    billing.Sender, billing.BillingProfile, billing.VatIdCheck, billing.Product, billing.ProductPrice, billing.Coupon,
    billing.Subscription, billing.SubscriptionTerms, billing.LineChange,
    billing.Counter, billing.Invoice, billing.InvoiceLine,
    billing.BillingItem, billing.CreditEntry, billing.CreditOrder,
    payments.StripeCustomer, payments.PaymentAttempt, payments.BankEntry, payments.Payment, payments.Refund,
    payments.Webhook, payments.StripeObject, payments.DunningStep, payments.DunningPause,
    mail.Mail, mail.LetterText, mail.MailNotice, mail.Suppression,
    ledger.Run, ledger.Job, ledger.Attempt, ledger.AttemptTrace, ledger.Effect, ledger.Schedule, ledger.Firing,
    ledger.Worker, ledger.Lease, ledger.LedgerHistory,
    ledger.QueuePause, ledger.FailureNote, ledger.Discard,
    outside.Lane, outside.Measurement, outside.SharedText, outside.Download, trends.TimeSum, trends.TrendCursor,
    access.Audit, access.AuditSeal, access.User, access.UserClient, access.SavedView, access.Session, access.SignInLink,
    access.MailedLink, access.PendingSignIn,
    access.SecondFactor, access.RecoveryCode, access.Passkey, access.PasskeyChallenge, access.FirstOwnerLink,
    access.ExternalIdentity, access.ProviderSignIn,
    access.ApiToken, access.ApiTokenClient, access.KnownDevice, access.Throttle,
    access.IdempotencyKey, access.RequestedLookup,
    access.SignedLink, access.SignedLinkUse, documents.Document, documents.DirectUpload, documents.DocumentPreview,
    alerting.AlertRoute, alerting.AlertPreference, alerting.MaintenanceWindow, alerting.AlertTelling,
    alerting.AlertDelivery,
)  # fmt: skip
