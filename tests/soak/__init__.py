"""What takes too long for every day."""
