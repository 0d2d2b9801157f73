"""Staff pages, and those of clients: made on the server, and live.

There is a module for each subject, in the groups of ``db``, with its templates in ``templates``. A handler reads and
answers with ``render.page``, or acts and answers with ``flash_messages.redirect``. All pages share these parts:

    pages         the router of all pages
    rendering     the templates' environment (``render``); values as text, markup, shapes; the stream of live pages
    forms         forms on pages of their own, and refused forms that are shown again with their mistakes
    lists         a list's page: its filter, its order, its rows
"""
