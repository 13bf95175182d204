"""When groups meet, with whom and where."""
