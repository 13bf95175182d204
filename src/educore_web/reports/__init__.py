"""Documents made from the data and the code: receipts, the permission matrix, pages of the documentation."""
