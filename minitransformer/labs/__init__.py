"""The labs: every idea under your fingers, running your own code."""
