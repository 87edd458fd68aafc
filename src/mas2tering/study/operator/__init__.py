"""What a network operator asks of a community: how much more fits, a district of several, the rest of a day again."""
