"""Money: what students owe and pay, and what teachers earn."""
