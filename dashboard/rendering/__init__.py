"""What pages are made of: templates, values as text and as markup, charts, links, files and the live stream."""
