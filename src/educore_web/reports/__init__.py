"""What is made from the data and the code for people to read: receipts, the permission matrix, pages of the docs."""
