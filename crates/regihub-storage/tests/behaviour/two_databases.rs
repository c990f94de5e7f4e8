//! Both databases end with the same schema.

use crate::place::*;
use regihub_storage::*;

type Column = (String, String);

async fn columns(kind: Kind, sql: &'static str) -> Vec<Column> {
    let place = Place::new(kind);
    let storage = place.open();
    let columns =
        storage.read(move |unit| unit.sql().rows(sql, &[], |row| Ok((row.get()?, row.get()?)))).await.unwrap();
    storage.close().await;
    columns
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = columns(
        Kind::SqliteInline,
        "select t.name, c.name from sqlite_master as t join pragma_table_info(t.name) as c
         where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.name",
    )
    .await;
    let postgres = columns(
        Kind::Postgres,
        "select cast(table_name as text), cast(column_name as text) from information_schema.columns
         where table_schema = current_schema() order by cast(table_name as text) collate \"C\", cast(column_name as text) collate \"C\"",
    )
    .await;
    assert!(sqlite.len() > 150, "{} columns", sqlite.len());
    assert_eq!(sqlite, postgres);
}

#[tokio::test]
async fn both_databases_have_the_same_indexes() {
    let sqlite = columns(
        Kind::SqliteInline,
        "select name, tbl_name from sqlite_master where type = 'index' and name not like 'sqlite_%' order by name",
    )
    .await;
    let postgres = columns(
        Kind::Postgres,
        "select cast(indexname as text), cast(tablename as text) from pg_indexes
         where schemaname = current_schema() and indexname not like '%_pkey' and indexname not like '%_key'
         order by cast(indexname as text) collate \"C\"",
    )
    .await;
    assert_eq!(sqlite, postgres);
}

#[tokio::test]
async fn inline_mode_on_postgres_is_refused() {
    let options = Options {
        location: Location::Postgres("postgres://nobody@127.0.0.1:1/none".into()),
        mode: Mode::Inline,
        master_key: MasterKey::from_bytes([7; 32]),
    };
    let error = Storage::open(options).err().expect("it cannot be opened");
    assert!(error.to_string().contains("SQLite only"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error_without_the_password() {
    let options = Options {
        location: Location::Postgres("postgres://nobody:hush@127.0.0.1:1/none".into()),
        mode: Mode::Threads,
        master_key: MasterKey::from_bytes([7; 32]),
    };
    let error = Storage::open(options).err().expect("it cannot be opened");
    assert!(matches!(&error, StorageError::Backend(text) if !text.contains("hush")), "{error:?}");
}
