"""Bursar: meter every LLM call, price it exactly, charge it to an owner, see it within a second."""

__version__ = "0.1.0"
