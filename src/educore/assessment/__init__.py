"""What students are asked to do, what they hand in, and how it is graded."""
