"""How good the examination is, in numbers: ``autograder quality``."""
