"""The HTTP surface: staff sign in, trigger work and read what came of it.

A request passes from left to right; whatever is raised on its way becomes an answer in ``problems``:

    security/headers  ->  routes  ->  resources/, monitoring/, docs/ (and the pages of ``dashboard``)
    host, size            who, may they,         read, or queue work, or change the portfolio;
                          a page of ours          ``fields`` bounds what they take

    security/     who may do what (policy), who calls (principal, sessions, tokens, passwords), and what must not
                  be forged (cookies, csrf, origins, headers)
    resources/    one module for each noun of the API: its schemas and its routes
    monitoring/   health and metrics
    docs/         /api/docs and /api/openapi.json
    problems      what goes wrong, as RFC 9457 or as a page; ``errors`` says which exception is which problem
    conventions   what holds for every route: tags, and requests that may be sent again (``idempotency``)
    lists         what a list's address may ask, made of what ``db.listing`` declares
    app           puts the parts together
"""
