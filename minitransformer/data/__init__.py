"""Sentence pairs, tokens and batches: what the Transformer of the course is fed with."""
