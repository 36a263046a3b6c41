-- Cells know the tags of their calls too, the eight sets that occur most often with the same values each; calls with
-- further sets share a cell whose tags are null. Events get the numbers of the new cells; the rollups are made anew
-- from them, by the next roll: until then answers come from the events.
CREATE TABLE sets_by_cell AS
SELECT cell, tags, map_from_entries(list_sort(map_entries(tags))) AS sorted, count(*) AS calls
FROM events GROUP BY cell, tags;

CREATE TABLE cells_with_tags AS
SELECT (row_number() OVER (ORDER BY old, tags IS NULL, calls DESC, tags) - 1)::INTEGER AS cell, old, tags
FROM (
    SELECT cell AS old, CASE WHEN place <= 8 THEN sorted END AS tags, sum(calls) AS calls
    FROM (
        SELECT cell, sorted, sum(calls) AS calls,
            row_number() OVER (PARTITION BY cell ORDER BY sum(calls) DESC, sorted) AS place
        FROM sets_by_cell GROUP BY cell, sorted
    )
    GROUP BY ALL
);

CREATE TABLE numbers_of_sets AS
SELECT sets.cell AS old, sets.tags, coalesce(own.cell, shared.cell) AS cell
FROM sets_by_cell AS sets
LEFT JOIN cells_with_tags AS own ON own.old = sets.cell AND own.tags = sets.sorted
LEFT JOIN cells_with_tags AS shared ON shared.old = sets.cell AND shared.tags IS NULL;

UPDATE events SET cell = found.cell
FROM numbers_of_sets AS found
WHERE events.cell = found.old AND events.tags = found.tags;

CREATE TABLE cells_of_seven AS SELECT * FROM cells;
DROP TABLE cells;
CREATE TABLE cells (
    cell INTEGER NOT NULL,
    team VARCHAR NOT NULL,
    product VARCHAR NOT NULL,
    use_case VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    environment VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    tags MAP(VARCHAR, VARCHAR)
);
INSERT INTO cells
SELECT found.cell, team, product, use_case, model, environment, provider, key, found.tags
FROM cells_with_tags AS found JOIN cells_of_seven AS seven ON seven.cell = found.old
ORDER BY found.cell;
DROP TABLE numbers_of_sets;
DROP TABLE cells_with_tags;
DROP TABLE sets_by_cell;
DROP TABLE cells_of_seven;

DELETE FROM rollup_hour;
DELETE FROM rollup_day;
DELETE FROM histogram_hour;
DELETE FROM histogram_day;
UPDATE ledger_state SET commit_rolled = 0;
