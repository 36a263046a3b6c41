-- Calls of which some usage had no rate. What the rollups cover already is added as differences, like any roll.
ALTER TABLE rollup_hour ADD COLUMN partly_unpriced_calls BIGINT DEFAULT 0;
ALTER TABLE rollup_day ADD COLUMN partly_unpriced_calls BIGINT DEFAULT 0;

INSERT INTO rollup_hour BY NAME
SELECT date_trunc('hour', started_at) AS period, cell, sum(calls) AS partly_unpriced_calls,
    0 AS calls, 0 AS unpriced_calls, 0 AS list_unpriced_calls, 0 AS estimated_calls, 0 AS partial_calls,
    0 AS interrupted_calls, 0 AS errors, 0 AS cost, 0 AS cost_list, 0 AS tokens_input,
    0 AS tokens_cache_read, 0 AS tokens_cache_write, 0 AS tokens_cache_write_5m,
    0 AS tokens_cache_write_30m, 0 AS tokens_cache_write_1h, 0 AS tokens_cache_write_12h,
    0 AS tokens_input_audio, 0 AS tokens_input_image, 0 AS tokens_input_video, 0 AS tokens_cache_read_audio,
    0 AS tokens_cache_read_image, 0 AS tokens_cache_read_video, 0 AS tokens_output, 0 AS tokens_reasoning,
    0 AS tokens_output_audio, 0 AS tokens_output_image, 0 AS tokens_output_video, 0 AS web_searches,
    0 AS web_fetches, 0 AS file_searches, 0 AS code_executions, 0 AS images, 0 AS audio_ms,
    0 AS characters_input, 0 AS pages
FROM events, ledger_state
WHERE commit_no <= commit_rolled AND list_contains(flags, 'partly_unpriced')
GROUP BY date_trunc('hour', started_at), cell;

INSERT INTO rollup_day BY NAME
SELECT date_trunc('day', started_at) AS period, cell, sum(calls) AS partly_unpriced_calls,
    0 AS calls, 0 AS unpriced_calls, 0 AS list_unpriced_calls, 0 AS estimated_calls, 0 AS partial_calls,
    0 AS interrupted_calls, 0 AS errors, 0 AS cost, 0 AS cost_list, 0 AS tokens_input,
    0 AS tokens_cache_read, 0 AS tokens_cache_write, 0 AS tokens_cache_write_5m,
    0 AS tokens_cache_write_30m, 0 AS tokens_cache_write_1h, 0 AS tokens_cache_write_12h,
    0 AS tokens_input_audio, 0 AS tokens_input_image, 0 AS tokens_input_video, 0 AS tokens_cache_read_audio,
    0 AS tokens_cache_read_image, 0 AS tokens_cache_read_video, 0 AS tokens_output, 0 AS tokens_reasoning,
    0 AS tokens_output_audio, 0 AS tokens_output_image, 0 AS tokens_output_video, 0 AS web_searches,
    0 AS web_fetches, 0 AS file_searches, 0 AS code_executions, 0 AS images, 0 AS audio_ms,
    0 AS characters_input, 0 AS pages
FROM events, ledger_state
WHERE commit_no <= commit_rolled AND list_contains(flags, 'partly_unpriced')
GROUP BY date_trunc('day', started_at), cell;
