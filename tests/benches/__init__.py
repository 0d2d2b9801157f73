"""The benchmarks: Nolapse beside Celery and Procrastinate on the same servers. ``make bench`` runs them."""
