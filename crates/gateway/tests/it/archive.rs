//! The audit log in files and in the database: one chain, whatever part of it was moved.

use gateway::audit::archive::{self, ArchiveError, Until};
use gateway::audit::{Action, AuditHead, Entry};
use gateway::record::AuditId;
use gateway::store::{Reader, Segment, Store};

use crate::fixture::Site;

async fn write(store: &Store, rows: usize) {
    for number in 0..rows {
        let entry = Entry::done("user:ada", Action::SignIn, format!("row {number}"));
        store.write(move |writer| writer.audit(entry)).await.unwrap();
    }
}

async fn head(store: &Store) -> AuditHead {
    store.read(Reader::verify_audit).await.unwrap().unwrap()
}

async fn until(site: &Site, row: i64) -> Result<Segment, ArchiveError> {
    let (store, data) = (&site.services.store, &site.services.config.data);
    archive::archive(store, data, Until::Row(AuditId(row)), "user:ada").await
}

#[tokio::test]
async fn segments_and_what_remains_are_one_chain() {
    let site = Site::new().await;
    let store = &site.services.store;
    write(store, 30).await;
    let before = head(store).await;
    let first = until(&site, 10).await.unwrap();
    assert_eq!((first.first, first.last, first.file.as_str()), (AuditId(1), AuditId(10), "audit-1-10.jsonl"));
    let second = until(&site, before.id.0).await.unwrap();
    assert_eq!((second.first, second.last), (AuditId(11), before.id));
    // The two rows that say so follow; the second is behind the segment's end.
    let rest = store.read(|reader| reader.audit_after(AuditId(0))).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.id.0).collect::<Vec<_>>(), [before.id.0 + 1, before.id.0 + 2]);
    assert!(rest.iter().all(|row| row.action == "archive-audit" && row.actor == "user:ada"));
    assert!(rest[0].detail.contains(&first.digest) && rest[1].detail.contains(&second.digest));
    assert_eq!(head(store).await.id.0, before.id.0 + 2);
    let folder = site.services.config.data.join(archive::FOLDER);
    let mut end = AuditHead::EMPTY;
    for segment in store.read(Reader::audit_segments).await.unwrap() {
        let (exported, digest) = archive::read(&folder.join(&segment.file), |_| {}).unwrap();
        assert_eq!((exported.after, hex::encode(digest)), (end, segment.digest));
        end = exported.head;
        assert_eq!((end.id, hex::encode(end.hash)), (segment.last, segment.hash));
    }
    assert_eq!(end, before, "as it was noted before anything was moved");
    assert_eq!(store.read(Reader::audit_base).await.unwrap(), before);
    write(store, 3).await;
    assert_eq!(head(store).await.id.0, before.id.0 + 5);
}

#[tokio::test]
async fn nothing_is_moved_that_is_not_there_or_not_whole() {
    let site = Site::new().await;
    let store = &site.services.store;
    write(store, 8).await;
    let end = head(store).await.id.0;
    for row in [0, -1, end + 1] {
        assert!(matches!(until(&site, row).await, Err(ArchiveError::Nothing { .. })), "{row}");
    }
    until(&site, 4).await.unwrap();
    assert!(matches!(until(&site, 4).await, Err(ArchiveError::Nothing { .. })), "twice");
    let long_ago = Until::Time("2001-01-01T00:00:00Z".parse().unwrap());
    let data = &site.services.config.data;
    let found = archive::archive(store, data, long_ago, "user:ada").await;
    assert!(matches!(found, Err(ArchiveError::Nothing { .. })), "{found:?}");
    // Somebody changed a row behind the gateway's back: nothing is removed any more.
    let db = rusqlite::Connection::open(data.join("medseal.db")).unwrap();
    db.execute("UPDATE audit SET actor = 'user:eve' WHERE id = 6", []).unwrap();
    let found = until(&site, end).await;
    assert!(matches!(found, Err(ArchiveError::Broken(_))), "{found:?}");
    assert_eq!(store.read(Reader::audit_segments).await.unwrap().len(), 1);
    assert!(store.read(Reader::verify_audit).await.unwrap().is_err());
    assert!(store.read(|reader| reader.audit_hash(AuditId(6))).await.unwrap().is_some());
}
