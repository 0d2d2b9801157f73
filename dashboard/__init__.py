"""Staff pages: made on the server, and live.

A module a subject: ``today alerts domains endpoints clients money work schedules access``, each with its templates in
``templates/SUBJECT``. A handler reads and answers with ``render.page``, or acts and answers with ``notices.redirect``.

    pages         the router of all of them
    fields        what addresses and forms may hold
    render        the templates' environment; what all pages are made of stands in ``templates/layout``
    filters       values as markup; ``formatting`` values as text, ``links`` where things are shown
    live          a stream that says when a page has changed
    assets        style, script and icon
"""
