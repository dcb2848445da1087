"""Entries of other integrations of this domain, which go on as ours."""
