"""What clients see behind signed links: nothing of another client is on it."""
