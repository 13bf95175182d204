"""The REST framework: from a declared operation to an answer in the words of a document."""
