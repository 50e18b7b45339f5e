"""What takes long: load, kills, hostile clients. Small versions of it run with the tests."""
