"""Mail: who takes it and by which address, how an account signs in, and what becomes of a mail afterwards."""
