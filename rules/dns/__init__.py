"""What the DNS says of a domain, and whether that is as it should be.

name servers ──integrations.dns──> facts ──issues, with the registry's record──> what is odd
"""
