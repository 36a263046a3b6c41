"""The data plane: LLM calls pass through, and each leaves one durable, priced event."""
