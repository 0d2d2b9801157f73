"""Random chaos against a whole installation, judged by what the outside saw: ``make nemesis SEED=... MINUTES=5``.

plan.py           which faults come when: a pure function of the seed
faults.py         the table of all faults: kind, rows of the table of faults, how it is caused
causes/           how each is caused and healed, by subject: processes, Redis, PostgreSQL, the network, the outside
installation.py   real processes, each behind proxies of its own; PostgreSQL, Redis, a bucket, the sandbox
load.py           work without end, and a receipt for each piece of it that was accepted
ledgers.py        what the mail relay, Stripe's book, the webhooks' sender and the bucket saw
verdict.py        what was promised beside what the ledgers show
"""
