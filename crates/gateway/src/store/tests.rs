//! What happens when the disk is full: seen from inside, since only the writer's own connection can be told to pretend it.

use super::*;
use crate::audit::{Action, Entry};
use crate::record::{NewPatient, Sex};

fn open(folder: &Path) -> Store {
    let rules = Arc::new(Rules::load(None).unwrap());
    Store::open(folder, LiveFeed::default(), Arc::default(), Registry::default(), rules).unwrap()
}

async fn add_patient(store: &Store, number: usize) -> Result<(), StoreError> {
    let person = NewPatient {
        identifier: format!("mrn-{number}"),
        family: "x".repeat(2000),
        given: String::new(),
        born: None,
        sex: Sex::Unknown,
    };
    let add = move |writer: &mut Writer<'_>| {
        writer.add_patient(person)?;
        writer.audit(Entry::done("system", Action::AddPatient, "patient"))
    };
    store.write(add).await
}

/// Lets the database grow by this many pages and no more.
async fn limit_pages(store: &Store, more: i64) {
    let limit = move |writer: &mut Writer<'_>| {
        let pages: i64 = writer.db.pragma_query_value(None, "page_count", |row| row.get(0))?;
        writer.db.pragma_update(None, "max_page_count", pages + more).map_err(StoreError::from)
    };
    store.write(limit).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_says_so_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    limit_pages(&store, 20).await;
    let mut stored = 0;
    let refused = loop {
        match add_patient(&store, stored).await {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1000, "the limit has no effect");
    };
    assert!(refused.to_string().contains("full"), "{refused}");
    assert!(stored > 0);
    let seen = store.read(Reader::patients).await.unwrap();
    assert_eq!(seen.len(), stored);

    limit_pages(&store, 1000).await;
    for number in stored..stored + 20 {
        add_patient(&store, number).await.unwrap();
    }
    store.close().await;
    let again = open(folder.path());
    let (patients, audit) =
        again.read(|reader| Ok((reader.patients()?.len(), reader.verify_audit()?))).await.unwrap();
    assert_eq!(patients, stored + 20);
    assert_eq!(audit.unwrap().id.0, patients as i64, "the log tells of what was done and of nothing else");
}

#[tokio::test]
async fn a_failing_change_undoes_itself_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let failing = |writer: &mut Writer<'_>| -> Result<(), StoreError> {
        writer.audit(Entry::done("system", Action::Start, "never"))?;
        Err(StoreError::Conflict("on purpose".into()))
    };
    let (first, failed, second) =
        tokio::join!(add_patient(&store, 1), store.write(failing), add_patient(&store, 2));
    first.unwrap();
    second.unwrap();
    assert_eq!(failed.unwrap_err().to_string(), "on purpose");
    let log = store.read(|reader| reader.audit(Page::default())).await.unwrap();
    assert_eq!(log.iter().map(|row| row.object.as_str()).collect::<Vec<_>>(), ["patient", "patient"]);
    store.read(Reader::verify_audit).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).close().await;
    let db = Connection::open(folder.path().join("medseal.db")).unwrap();
    db.pragma_update(None, "user_version", 1000).unwrap();
    let rules = Arc::new(Rules::load(None).unwrap());
    let error = Store::open(folder.path(), LiveFeed::default(), Arc::default(), Registry::default(), rules);
    assert!(matches!(error, Err(StoreError::NewerSchema { found: 1000, .. })), "{error:?}");
}
