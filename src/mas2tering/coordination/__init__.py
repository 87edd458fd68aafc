"""The rooms put together, still pure: what a study and running agents both do."""
