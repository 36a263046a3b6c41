"""Reading traces: columns by name, times in any form, mistakes with their line."""

import gzip
import os
from pathlib import Path

import pytest

from bursar.replay.trace import Row, read_trace
from bursar.vocab.errors import InvalidInput

TRACES = Path(os.environ.get("BURSAR_DATA", Path(__file__).parents[3] / "shared" / "data")) / "traces"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


AZURE = (
    b"TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
    b"2023-11-16 18:17:03.9799600,4808,10\r\n"
    b"2023-11-16 18:17:04.0319600,3180,8\r\n"
)


def test_the_azure_form_is_known_by_its_column_names(tmp_path):
    first, second = read_trace(write(tmp_path, "azure.csv", AZURE))
    assert first == Row(1, 0.0, 4808, 10)
    assert (second.number, second.tokens_input, second.tokens_output) == (2, 3180, 8)
    assert second.at_s == pytest.approx(0.052)


def test_a_packed_file_reads_as_the_plain_one(tmp_path):
    plain = read_trace(write(tmp_path, "azure.csv", AZURE))
    assert read_trace(write(tmp_path, "azure.csv.gz", gzip.compress(AZURE))) == plain


def test_the_mooncake_form_counts_milliseconds(tmp_path):
    lines = b'{"timestamp": 0, "input_length": 7, "output_length": 6, "hash_ids": [0]}\n\n'
    lines += b'{"timestamp": 1500, "input_length": 9, "output_length": 4, "hash_ids": [0, 1]}\n'
    rows = read_trace(write(tmp_path, "mooncake.jsonl", lines))
    assert rows == [Row(1, 0.0, 7, 6), Row(2, 1.5, 9, 4)]


def test_columns_can_be_told_with_the_unit_of_their_time(tmp_path):
    path = write(tmp_path, "own.csv", b"when,a,b,c\n2000000,10,3,4\n3000000,20,5,0\n")
    rows = read_trace(path, "time=when:us,input=a,output=b,cached=c")
    assert rows == [Row(1, 0.0, 10, 3, 4), Row(2, 1.0, 20, 5, 0)]


def test_a_trace_without_times_comes_all_at_once(tmp_path):
    rows = read_trace(write(tmp_path, "t.csv", b"prompt_tokens,completion_tokens\n1,2\n3,4\n"))
    assert [row.at_s for row in rows] == [0.0, 0.0]


def test_only_the_first_rows_are_read_if_limited(tmp_path):
    path = write(tmp_path, "t.csv", b"input_tokens,output_tokens\n1,2\n3,4\nbroken,0\n")
    assert len(read_trace(path, limit=2)) == 2


@pytest.mark.parametrize(
    ("content", "columns", "sentence"),
    [
        (b"", "", "holds no rows"),
        (b"a,b\n1,2\n", "", "--columns input=NAME,output=NAME with names out of a, b"),
        (b"prompt,b\n1,2\n", "input=promt,output=b", "near names: prompt"),
        (b"input_tokens,output_tokens\n1,2\n3,x\n", "", "line 3 cannot be read"),
        (b"input_tokens,output_tokens\n1,-2\n", "", "not a count of tokens"),
        (b"input_tokens,output_tokens\n1\n", "", "line 2 cannot be read"),
        (b"time,input_tokens,output_tokens\nnoon,1,2\n", "", "line 2 cannot be read"),
        (b"a,b\n1,2\n", "inputs=a", "write role=column"),
        (b"a,b\n1,2\n", "input=a,output=b,time=a:h", "the unit is one of s, ms"),
        (b"\xff\xfe", "", "not UTF-8"),
    ],
)
def test_a_trace_that_cannot_be_used_is_refused_with_a_sentence(tmp_path, content, columns, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_trace(write(tmp_path, "trace.csv", content), columns)


def test_a_line_that_is_not_json_is_named(tmp_path):
    with pytest.raises(InvalidInput, match="line 2 is not a JSON object"):
        read_trace(write(tmp_path, "t.jsonl", b'{"input_tokens":1,"output_tokens":1}\n[1]\n'))


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(InvalidInput, match="No such file"):
        read_trace(tmp_path / "none.csv")


def test_the_real_azure_trace_costs_what_it_must():
    path = TRACES / "azure_llm_2023_code.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there: the shared data are needed")
    rows = read_trace(path)
    assert len(rows) == 8819
    cost = sum(row.tokens_input for row in rows) * 25 + sum(row.tokens_output for row in rows) * 100
    assert cost == 476_088_950  # tenths of a millionth of a dollar: 47.608895 USD
    assert 3000 < rows[-1].at_s < 3600
