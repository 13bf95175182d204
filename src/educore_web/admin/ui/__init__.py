"""What the pages are made of: tables, forms, charts, and the words of the visitor."""
