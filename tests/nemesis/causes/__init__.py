"""How faults are caused: each is a context manager over an installation, and healed when it is left."""
