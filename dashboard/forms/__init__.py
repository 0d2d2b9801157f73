"""Forms: their fields, and how a refused form is shown again."""
