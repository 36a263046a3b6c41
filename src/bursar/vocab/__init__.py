"""The words every room shares: money, usage, events, ids, instants, errors."""
