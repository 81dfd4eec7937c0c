import pytest

from clew.sql.values import without_values


@pytest.mark.parametrize(
    ("adapter", "text", "kept"),
    [
        ("postgres", "insert into a select * from b where key = 'geheim' -- geheim", "insert into a select * from b where key = '0'  "),
        ("postgres", "create user me password 'geheim'", "create user me password '0'"),
        ("postgres", "select $$geheim$$ from a", "select '0' from a"),
        ("mysql", "select 'it\\'s geheim' from a where b = \"geheim\"", "select '0' from a where b = '0'"),
        ("postgres", "set search_path = 'shop'", "set search_path = 'shop'"),
        ("duckdb", "copy a to '/data/a.parquet'", "copy a to '/data/a.parquet'"),
        ("duckdb", "select * from read_csv('s3://b/*.csv') where c = 'geheim'", "select * from read_csv('s3://b/*.csv') where c = '0'"),
        ("duckdb", "select * from 'a.csv' where mail = 'me@shop.example'", "select * from 'a.csv' where mail = '0'"),
        ("duckdb", "attach 'postgres:host=db password=geheim dbname=/x' as p", "attach 'postgres:host=db password= dbname=/x' as p"),
        ("duckdb", "attach 'https://me:geheim@db/x.db' as p", "attach 'https://@db/x.db' as p"),
        ("duckdb", "create secret s (type s3, key_id 'geheim')", ""),
    ],
)
def test_tables_and_files_stay_and_values_go(adapter, text, kept):
    assert without_values(text, adapter) == kept
