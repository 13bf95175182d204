"""What is public: files by signed address, calendars by secret address, and the front page."""
