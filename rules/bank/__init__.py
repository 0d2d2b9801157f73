"""Bank files: what a bank says came to an account, read and matched to invoices. Nothing here books anything."""
