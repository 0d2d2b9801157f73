"""What is billed, in words: an invoice in the language of its client, and lines that are held back for staff."""
