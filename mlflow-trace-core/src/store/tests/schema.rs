//! Our tables are MLflow's.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::fixtures::{self, Folder};
use super::mlflow::{AT_3_10, copy_of, revision_files};
use crate::store::revisions::{self, Columns, GUARDED_TABLES, Standing};

/// All that SQLite's pragmas tell about a database, line by line.
fn description(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let names = fixtures::ask(
        path,
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger') ORDER BY name",
    );
    let mut lines: Vec<String> = names.lines().map(str::to_owned).collect();
    let mut add = |what: &str, sql: &str| {
        let text = fixtures::ask(path, sql);
        let mut rows: Vec<_> = text.lines().map(|row| format!("{what}: {row}")).collect();
        rows.sort();
        lines.append(&mut rows);
    };
    for table in names.lines().filter(|name| *name != "prevent_secrets_aad_mutation") {
        add(table, &format!("SELECT * FROM pragma_table_xinfo('{table}')"));
        add(
            table,
            &format!(
                "SELECT seq, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list('{table}')"
            ),
        );
        // Automatic indexes are numbered in the order of the constraints, which differs between MLflow's own runs.
        add(
            table,
            &format!(
                "SELECT iif(i.origin = 'c', i.name, i.origin), i.\"unique\", c.seqno, c.name \
                 FROM pragma_index_list('{table}') i, pragma_index_info(i.name) c"
            ),
        );
    }
    drop(connection);
    lines
}

/// The names that MLflow's migrations look constraints up by.
fn constraint_names(path: &Path) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables =
        statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    tables
        .map(|table| {
            let (table, sql) = table.unwrap();
            let words: Vec<&str> = sql.split_whitespace().collect();
            let named = words.windows(3).filter(|words| words[0] == "CONSTRAINT");
            let mut names: Vec<String> = named.map(|words| format!("{} {}", words[1], words[2])).collect();
            names.iter_mut().for_each(|name| name.truncate(name.find('(').unwrap_or(name.len())));
            names.sort();
            (table, names)
        })
        .collect()
}

#[test]
fn a_file_of_ours_has_the_tables_of_a_file_that_mlflow_made() {
    let folder = Folder::new();
    let ours = folder.file("ours.db");
    drop(fixtures::open(&ours).unwrap());
    let theirs = copy_of(AT_3_10, &folder);
    assert_eq!(description(&ours), description(&theirs));
    assert_eq!(constraint_names(&ours), constraint_names(&theirs));
    let rows = "SELECT * FROM workspaces UNION ALL SELECT version_num, '', '' FROM alembic_version";
    assert_eq!(fixtures::ask(&ours, rows), fixtures::ask(&theirs, rows));
}

#[test]
fn every_revision_has_the_columns_that_we_know_it_by() {
    let text = std::fs::read_to_string(revision_files().join("columns.json")).unwrap();
    let all: BTreeMap<String, BTreeMap<String, Vec<String>>> = serde_json::from_str(&text).unwrap();
    assert!(all.len() > 30, "only {} revisions", all.len());
    // The last column to come in 3.10.
    let workspace = ("experiments".to_owned(), "workspace".to_owned());
    for (revision, tables) in all {
        let mut columns = Columns::new();
        for table in GUARDED_TABLES {
            let names = tables.get(table).into_iter().flatten();
            columns.extend(names.map(|name| (table.to_owned(), name.clone())));
        }
        match revisions::standing(&revision) {
            Standing::Known(layout) => assert_eq!(layout.columns(), columns, "at {revision}"),
            Standing::Passing => assert!(!columns.contains(&workspace), "at {revision}"),
            Standing::Unknown => panic!("{revision} is not known"),
        }
    }
}
