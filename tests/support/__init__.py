"""What many tests share: the cast, stores, servers, and ways to look at what happened."""
