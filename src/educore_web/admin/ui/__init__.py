"""Parts of pages: cells, forms, charts, names, formats, and the language of the page."""
