-- The budget accounts that a call was charged to when it happened; what came before there were any has none.
ALTER TABLE events ADD COLUMN budgets VARCHAR DEFAULT '';
