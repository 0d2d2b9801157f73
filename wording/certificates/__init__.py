"""Endpoints and their certificates in sentences: faults and how they are mended, alarms, and why what is done when."""
