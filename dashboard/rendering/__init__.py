"""The parts of pages: templates, values as text and as markup, charts, links, static files and the live stream."""
