"""Tests with real sockets on loopback, and what they share."""
