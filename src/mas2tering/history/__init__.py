"""What the platform remembers: readings and transactions, under pseudonyms, with faulty data marked."""
