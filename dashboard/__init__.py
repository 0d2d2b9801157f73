"""Staff pages, and those of clients: made on the server, and live.

A module a subject, in the groups of ``db``, each with its templates in ``templates``. A handler reads and answers with
``render.page``, or acts and answers with ``flash_messages.redirect``. What all pages are made of:

    pages         the router of all of them
    rendering     the templates' environment (``render``); values as text, markup, shapes; the stream of live pages
    forms         forms of their own pages, and forms that are shown again with what is wrong
    lists         a list's page: its filter, its order, its rows
"""
