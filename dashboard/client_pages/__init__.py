"""Pages for clients behind signed links; they show nothing of another client."""
