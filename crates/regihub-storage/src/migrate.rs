//! Brings the schema to the newest version. A migration that was run is never changed; its checksum is remembered.

use crate::{
    backend::Backend,
    dialect::Dialect,
    error::{Result, StorageError},
    sql::params,
};
use sha2::{Digest, Sha256};

struct Migration {
    version: i64,
    name: &'static str,
    text: &'static str,
}

/// In order, numbered without gaps. Add to the end only.
const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "foundation", text: include_str!("../migrations/0001_foundation.sql") }];

const BOOK: &str = "create table if not exists schema_version (
  version bigint primary key,
  name text not null,
  checksum text not null
);";

/// Several nodes may start on one PostgreSQL at the same moment: one migrates, the others wait here. The number means nothing.
const POSTGRES_LOCK: &str = "select pg_advisory_xact_lock(7234102958);";

pub(crate) fn migrate(backend: &mut dyn Backend, dialect: Dialect) -> Result<()> {
    backend.begin()?;
    match run(backend, dialect, MIGRATIONS) {
        Ok(()) => backend.commit(),
        Err(error) => {
            // The first error is the one to tell.
            let _ = backend.rollback();
            Err(error)
        }
    }
}

fn run(backend: &mut dyn Backend, dialect: Dialect, known: &[Migration]) -> Result<()> {
    if dialect == Dialect::Postgres {
        backend.run_script(POSTGRES_LOCK)?;
    }
    backend.run_script(BOOK)?;
    let done: Vec<(i64, String, String)> =
        backend.as_sql().rows("select version, name, checksum from schema_version order by version", &[], |row| {
            Ok((row.get()?, row.get()?, row.get()?))
        })?;
    check(&done, known)?;
    for migration in known.iter().skip(done.len()) {
        let mut script = String::with_capacity(migration.text.len());
        dialect.translate(migration.text, &mut script)?;
        backend.run_script(&script)?;
        backend.as_sql().execute(
            "insert into schema_version (version, name, checksum) values ($1, $2, $3)",
            params![migration.version, migration.name, checksum(migration.text)],
        )?;
    }
    Ok(())
}

/// What was run must be the beginning of what this program knows, word for word.
fn check(done: &[(i64, String, String)], known: &[Migration]) -> Result<()> {
    for (index, (version, name, sum)) in done.iter().enumerate() {
        let Some(migration) = known.get(index) else {
            return Err(StorageError::Refused(format!(
                "the data was written by a newer Regihub: its schema has version {version} ({name}), this program knows up to {}; \
                 install the newer program or restore an older backup",
                known.len()
            )));
        };
        if migration.version != *version || checksum(migration.text) != *sum {
            return Err(StorageError::Refused(format!(
                "migration {version} ({name}) was changed after it was run on this data; \
                 a migration that was released must stay as it is, changes go into a new one"
            )));
        }
    }
    Ok(())
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backend::Role, sqlite::SqliteConnection};

    const FIRST: Migration = Migration { version: 1, name: "first", text: "create table a (id {id});" };
    const SECOND: Migration = Migration { version: 2, name: "second", text: "alter table a add column b {bytes};" };

    fn database() -> SqliteConnection {
        SqliteConnection::open(std::path::Path::new(":memory:"), Role::Writer).unwrap()
    }

    #[test]
    fn migrations_run_once_and_in_order() {
        let mut database = database();
        run(&mut database, Dialect::Sqlite, &[FIRST]).unwrap();
        run(&mut database, Dialect::Sqlite, &[FIRST, SECOND]).unwrap();
        run(&mut database, Dialect::Sqlite, &[FIRST, SECOND]).unwrap();
        database.run_script("insert into a (b) values (x'00')").unwrap();
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let mut database = database();
        run(&mut database, Dialect::Sqlite, &[FIRST]).unwrap();
        let changed = Migration { text: "create table a (id {id}, extra text);", ..FIRST };
        let error = run(&mut database, Dialect::Sqlite, &[changed]).unwrap_err();
        assert!(error.to_string().contains("migration 1 (first) was changed"), "{error}");
    }

    #[test]
    fn data_of_a_newer_program_is_refused() {
        let mut database = database();
        run(&mut database, Dialect::Sqlite, &[FIRST, SECOND]).unwrap();
        let error = run(&mut database, Dialect::Sqlite, &[FIRST]).unwrap_err();
        assert!(error.to_string().contains("newer Regihub"), "{error}");
    }
}
