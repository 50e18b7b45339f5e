"""Tests of the client, the testers and the batch processor."""
