"""Messengers and the site: one folder each with the same file names."""
