"""The reference: every stub of ``minitransformer`` filled in, file by file."""
