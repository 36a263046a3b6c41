-- Events are only ever added. `commit_no` numbers the transactions that added them; all instants are UTC.
-- `calls` is 1; a row that takes an earlier one back has the same worker, seq and call_id, `calls` -1 and
-- negated quantities, so that every figure is a plain sum.
CREATE TABLE events (
    commit_no BIGINT NOT NULL,
    calls TINYINT NOT NULL,
    worker VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    cell INTEGER NOT NULL,
    call_id VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    team VARCHAR NOT NULL,
    product VARCHAR NOT NULL,
    use_case VARCHAR NOT NULL,
    environment VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    tags MAP(VARCHAR, VARCHAR) NOT NULL,
    key_id VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    wire VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    model_requested VARCHAR NOT NULL,
    model_served VARCHAR NOT NULL,
    region VARCHAR NOT NULL,
    service_tier VARCHAR NOT NULL,
    processing VARCHAR NOT NULL,
    speed VARCHAR NOT NULL,
    inference_geo VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    http_status INTEGER NOT NULL,
    usage_source VARCHAR NOT NULL,
    flags VARCHAR[] NOT NULL,
    streamed BOOLEAN NOT NULL,
    latency_us BIGINT NOT NULL,
    first_token_us BIGINT,
    latency_bucket UTINYINT,
    first_token_bucket UTINYINT,
    cost_list DECIMAL(38, 12),
    cost DECIMAL(38, 12),
    price_ref VARCHAR NOT NULL,
    fingerprint_request VARCHAR NOT NULL,
    fingerprint_prefix VARCHAR NOT NULL,
    bytes_request BIGINT NOT NULL,
    bytes_reply BIGINT NOT NULL,
    idempotency_hash VARCHAR NOT NULL,
    linked_call_id VARCHAR NOT NULL,
    provider_call_id VARCHAR NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_cache_write_5m BIGINT NOT NULL,
    tokens_cache_write_30m BIGINT NOT NULL,
    tokens_cache_write_1h BIGINT NOT NULL,
    tokens_cache_write_12h BIGINT NOT NULL,
    tokens_input_audio BIGINT NOT NULL,
    tokens_input_image BIGINT NOT NULL,
    tokens_input_video BIGINT NOT NULL,
    tokens_cache_read_audio BIGINT NOT NULL,
    tokens_cache_read_image BIGINT NOT NULL,
    tokens_cache_read_video BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    tokens_output_audio BIGINT NOT NULL,
    tokens_output_image BIGINT NOT NULL,
    tokens_output_video BIGINT NOT NULL,
    web_searches BIGINT NOT NULL,
    web_fetches BIGINT NOT NULL,
    file_searches BIGINT NOT NULL,
    code_executions BIGINT NOT NULL,
    images BIGINT NOT NULL,
    audio_ms BIGINT NOT NULL,
    characters_input BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    source VARCHAR NOT NULL
);

-- Delivered records that say nothing new of a call that the ledger has already.
CREATE TABLE dropped (
    commit_no BIGINT NOT NULL,
    worker VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    call_id VARCHAR NOT NULL,
    status VARCHAR NOT NULL
);

-- Deliveries that could not be read, kept byte for byte.
CREATE TABLE dead_letters (
    commit_no BIGINT NOT NULL,
    worker VARCHAR NOT NULL,
    seq_first BIGINT NOT NULL,
    seq_last BIGINT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE workers (
    worker VARCHAR PRIMARY KEY,
    high_water BIGINT NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL
);

CREATE TABLE rate_cards (
    ref VARCHAR PRIMARY KEY,
    body BLOB NOT NULL,
    received_at TIMESTAMP NOT NULL
);

-- Rollups hold what the commits up to `commit_rolled` say; later commits are read from the events.
CREATE TABLE ledger_state (
    commit_last BIGINT NOT NULL,
    commit_rolled BIGINT NOT NULL,
    rolled_at TIMESTAMP
);
INSERT INTO ledger_state VALUES (0, 0, NULL);

-- A cell is one combination of the five dimensions that rollups know.
CREATE TABLE cells (
    cell INTEGER NOT NULL,
    team VARCHAR NOT NULL,
    product VARCHAR NOT NULL,
    use_case VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    environment VARCHAR NOT NULL
);

-- Rows of the same period and cell add up: each roll appends its difference, compaction merges them.
CREATE TABLE rollup_hour (
    period TIMESTAMP NOT NULL,
    cell INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    unpriced_calls BIGINT NOT NULL,
    list_unpriced_calls BIGINT NOT NULL,
    estimated_calls BIGINT NOT NULL,
    partial_calls BIGINT NOT NULL,
    interrupted_calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    cost DECIMAL(38, 12) NOT NULL,
    cost_list DECIMAL(38, 12) NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_cache_write_5m BIGINT NOT NULL,
    tokens_cache_write_30m BIGINT NOT NULL,
    tokens_cache_write_1h BIGINT NOT NULL,
    tokens_cache_write_12h BIGINT NOT NULL,
    tokens_input_audio BIGINT NOT NULL,
    tokens_input_image BIGINT NOT NULL,
    tokens_input_video BIGINT NOT NULL,
    tokens_cache_read_audio BIGINT NOT NULL,
    tokens_cache_read_image BIGINT NOT NULL,
    tokens_cache_read_video BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    tokens_output_audio BIGINT NOT NULL,
    tokens_output_image BIGINT NOT NULL,
    tokens_output_video BIGINT NOT NULL,
    web_searches BIGINT NOT NULL,
    web_fetches BIGINT NOT NULL,
    file_searches BIGINT NOT NULL,
    code_executions BIGINT NOT NULL,
    images BIGINT NOT NULL,
    audio_ms BIGINT NOT NULL,
    characters_input BIGINT NOT NULL,
    pages BIGINT NOT NULL
);

CREATE TABLE rollup_day (
    period TIMESTAMP NOT NULL,
    cell INTEGER NOT NULL,
    calls BIGINT NOT NULL,
    unpriced_calls BIGINT NOT NULL,
    list_unpriced_calls BIGINT NOT NULL,
    estimated_calls BIGINT NOT NULL,
    partial_calls BIGINT NOT NULL,
    interrupted_calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    cost DECIMAL(38, 12) NOT NULL,
    cost_list DECIMAL(38, 12) NOT NULL,
    tokens_input BIGINT NOT NULL,
    tokens_cache_read BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_cache_write_5m BIGINT NOT NULL,
    tokens_cache_write_30m BIGINT NOT NULL,
    tokens_cache_write_1h BIGINT NOT NULL,
    tokens_cache_write_12h BIGINT NOT NULL,
    tokens_input_audio BIGINT NOT NULL,
    tokens_input_image BIGINT NOT NULL,
    tokens_input_video BIGINT NOT NULL,
    tokens_cache_read_audio BIGINT NOT NULL,
    tokens_cache_read_image BIGINT NOT NULL,
    tokens_cache_read_video BIGINT NOT NULL,
    tokens_output BIGINT NOT NULL,
    tokens_reasoning BIGINT NOT NULL,
    tokens_output_audio BIGINT NOT NULL,
    tokens_output_image BIGINT NOT NULL,
    tokens_output_video BIGINT NOT NULL,
    web_searches BIGINT NOT NULL,
    web_fetches BIGINT NOT NULL,
    file_searches BIGINT NOT NULL,
    code_executions BIGINT NOT NULL,
    images BIGINT NOT NULL,
    audio_ms BIGINT NOT NULL,
    characters_input BIGINT NOT NULL,
    pages BIGINT NOT NULL
);

-- Calls by bucket of latency and of time to first token, a list for each cell; the buckets are defined in
-- histogram.py. As lists they are read three times as fast as with a row for each bucket.
CREATE TABLE histogram_hour (
    period TIMESTAMP NOT NULL,
    cell INTEGER NOT NULL,
    buckets STRUCT(bucket UTINYINT, latency_calls BIGINT, first_token_calls BIGINT)[] NOT NULL
);

CREATE TABLE histogram_day (
    period TIMESTAMP NOT NULL,
    cell INTEGER NOT NULL,
    buckets STRUCT(bucket UTINYINT, latency_calls BIGINT, first_token_calls BIGINT)[] NOT NULL
);
