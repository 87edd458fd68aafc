"""What the platform remembers, and what it takes off before it does: anonymisation, with the attack on it."""
