"""Domains in sentences: stages of their life, alarms, what is odd in the DNS, and why they are checked."""
