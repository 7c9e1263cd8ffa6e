"""Measurements of the real server, never asserted: medians over several runs."""
