-- What budgets held for a call, and how long an answer the caller allowed; not known of what came before.
ALTER TABLE events ADD COLUMN held_pico BIGINT;
ALTER TABLE events ADD COLUMN output_tokens_asked BIGINT;
