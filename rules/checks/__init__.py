"""What checks of domains and of endpoints have in common: news, alarms with their stages, and the next check."""
