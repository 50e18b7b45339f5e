"""What goes to a server and asks it: Seldon's client, the testers, the batch processor."""
