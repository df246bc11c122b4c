//! A database that the first version wrote is opened by this one with all that is in it.

use rusqlite::Connection;
use seal::{Batch, Code, Flags, Micros, Reading, SealHash, SealedBatch, Sealer, SoftwareSealer};

use super::*;
use crate::record::{BatchId, Journal, PatientId, Place, Proof, Since, Trust};
use crate::sinks::Destination;

/// Two sealed batches as the first version stored them: `[ seal, batch ]`, and the hash of each seal.
fn sealed() -> Vec<(Vec<u8>, SealHash)> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut sealer = SoftwareSealer::from_pkcs8(&key.serialize_der()).unwrap();
    let one = |number: i64| {
        let value = Reading::Value {
            code: Code(147_842),
            unit: "/min".parse().unwrap(),
            dt_us: 0,
            value: "60".parse().unwrap(),
            flags: Flags::NONE,
        };
        let batch = Batch { device: "mon-1".parse().unwrap(), time: Micros(number), readings: vec![value] };
        let bytes = batch.encode();
        let seal = sealer.seal(&seal::sha256(&bytes)).unwrap();
        (SealedBatch::join(&seal, &bytes).unwrap().into_bytes(), SealHash(seal::sha256(&seal)))
    };
    (1..=2).map(one).collect()
}

fn write_first_version(folder: &Path, batches: &[(Vec<u8>, SealHash)]) {
    let db = Connection::open(folder.join("medseal.db")).unwrap();
    db.execute_batch(include_str!("schema_1.sql")).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    db.execute_batch(
        "INSERT INTO devices VALUES (7, 'mon-1', zeroblob(16), x'01', x'02', 'active', 5);
         INSERT INTO patients (id, identifier, family, given, sex) VALUES (3, 'MRN 1', 'A', 'B', 'other');
         INSERT INTO associations (id, device, patient, bed, since) VALUES (4, 7, 3, '12', 0);
         INSERT INTO gaps VALUES (7, 90, 99, 1, 'user:ada');
         INSERT INTO refusals (time, reason, device, counter, source, detail, length, bytes)
         VALUES (1, 'bad-hash', 'mon-1', 9, 'mqtt', '', 1, x'00');
         INSERT INTO alarms (id, kind, priority, device, patient, code, text, raised, cleared, acknowledged)
         VALUES (5, 'limit', 'high', 'mon-1', 3, 150456, 'SpO2 low', 9, 10, NULL), (6, 'silent', 'medium', 'mon-1', 3, NULL, 'x', 9, 10, 11);
         INSERT INTO dead_letters VALUES ('ehr', 20, 6, 'AE: wrong');",
    )
    .unwrap();
    for (number, (bytes, hash)) in (1_i64..).zip(batches) {
        let sql = "INSERT INTO batches (id, device, patient, association, counter, time, first, last, received, \
                   hash, sealed) VALUES (?1, 7, 3, 4, ?2, ?2, ?2, ?2, ?2, ?3, ?4)";
        db.execute(sql, (number * 10, number, hash.0, bytes)).unwrap();
    }
    db.execute("INSERT INTO heads VALUES (7, 2, ?1)", [batches[1].1.0]).unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_version_is_opened_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let batches = sealed();
    write_first_version(folder.path(), &batches);
    let rules = Arc::new(Rules::load(None).unwrap());
    let store =
        Store::open(folder.path(), LiveFeed::default(), Arc::default(), Registry::default(), rules).unwrap();
    let device = store.read(|reader| reader.device(&"mon-1".parse().unwrap())).await.unwrap().unwrap();
    let Trust::Seal(enrolment) = &device.trust else { panic!("{device:?}") };
    assert_eq!((enrolment.head.counter.0, enrolment.head.hash), (2, batches[1].1));
    let rows = store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [BatchId(10), BatchId(20)]);
    for (row, (bytes, hash)) in rows.iter().zip(&batches) {
        assert_eq!((&row.bytes[..], row.patient), (&bytes[..], Some(PatientId(3))));
        let counter = row.id.0.unsigned_abs() / 10;
        assert_eq!(row.proof, Proof::Sealed { counter, hash: *hash });
        assert_eq!(row.open().unwrap().batch.readings.len(), 1);
    }
    let latest = store.read(|reader| reader.latest(&"mon-1".parse().unwrap())).await.unwrap();
    assert_eq!(latest.as_ref().map(|row| row.id), Some(BatchId(20)));
    let refused = store.read(|reader| reader.refusals(Page::default())).await.unwrap();
    assert_eq!(refused.len(), 1);
    let (letter, contents) =
        store.read(|reader| reader.letter(crate::record::LetterId(1))).await.unwrap().unwrap();
    assert_eq!(
        (letter.place, letter.patient, letter.reason.as_str()),
        (Place(20), Some(PatientId(3)), "AE: wrong")
    );
    assert_eq!((letter.state, contents.message), (crate::record::LetterState::Lying, None));
    // All alarms latched before: what nobody had acknowledged is still shown.
    let alarms = store.read(Reader::active_alarms).await.unwrap();
    assert_eq!(alarms.len(), 1);
    let alarm = &alarms[0];
    assert_eq!((alarm.id.0, alarm.latching, alarm.calling, alarm.level), (5, true, 9, 0));
    assert_eq!((alarm.raised_priority, alarm.measured.as_ref()), (alarm.priority, None));
    assert_eq!(store.read(Reader::set_limits).await.unwrap(), []);
    let ended =
        store.write(|writer| writer.acknowledge_alarm(crate::record::AlarmId(5), "ada")).await.unwrap();
    assert!(!ended.is_active());
    let steps = store.read(|reader| reader.alarm_steps(crate::record::AlarmStepId(0), 10)).await.unwrap();
    let steps: Vec<_> = steps.iter().map(|one| (one.id.0, one.first.0, one.step.as_str())).collect();
    assert_eq!(steps, [(1, 1, "acknowledged"), (2, 1, "ended")]);
    // Every destination began with the first entry then: one that is seen does so still, and one that never was reached and has no row.
    let to = |name: &str, since| (Destination { name: name.into(), journal: Journal::Batches }, since);
    let feeds = [to("ehr", None), to("unreached", None), to("new", Some(Since::Now))];
    store.write(move |writer| writer.begin_feeds(&feeds)).await.unwrap();
    store.write(move |writer| writer.begin_feeds(&[to("later", None)])).await.unwrap();
    for (name, place) in [("unreached", 0), ("new", 20), ("later", 20)] {
        let began = store.read(move |reader| reader.beginning(name, Journal::Batches)).await.unwrap();
        assert_eq!(began.unwrap().place, Place(place), "{name}");
        assert_eq!(
            store.read(move |reader| reader.outbox(name, Journal::Batches)).await.unwrap(),
            Place(place)
        );
    }
    store.close().await;

    let db = Connection::open(folder.path().join("medseal.db")).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT user_version FROM pragma_user_version"), schema::VERSION as i64);
    assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_eq!(count("SELECT seq FROM sqlite_sequence WHERE name = 'batches'"), 20, "numbers never repeat");
    assert_eq!(count("SELECT count(*) FROM sqlite_sequence WHERE name = 'batches_2'"), 0);
    assert_eq!(count("SELECT count(*) FROM gaps g JOIN devices d ON d.row = g.device"), 1);
}

/// The searches that listings and projections make use an index and need no sorting.
#[tokio::test]
async fn listings_read_in_the_order_of_an_index() {
    let folder = tempfile::tempdir().unwrap();
    write_first_version(folder.path(), &sealed());
    let mut db = Connection::open(folder.path().join("medseal.db")).unwrap();
    schema::migrate(&mut db).unwrap();
    for (what, index) in [
        ("b.device = 7 ORDER BY b.time, b.id", "batches_by_time"),
        ("b.device = 7 AND b.counter IS NOT NULL ORDER BY b.counter", "batches_by_counter"),
        ("b.patient = 3 ORDER BY b.time DESC, b.id DESC", "batches_by_patient"),
        (
            "b.device = 7 AND b.corrects IS NULL ORDER BY b.counter DESC, b.id DESC LIMIT 1",
            "batches_by_counter",
        ),
        ("b.source = 'x' AND b.hash = x'00'", "batches_by_digest"),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT b.id FROM batches b WHERE {what}");
        let mut statement = db.prepare(&sql).unwrap();
        let plan: Vec<String> =
            statement.query_map([], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(plan.iter().any(|line| line.contains(index)), "{what}: {plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{what}: {plan:?}");
    }
}

#[test]
fn a_row_has_one_kind() {
    let folder = tempfile::tempdir().unwrap();
    write_first_version(folder.path(), &sealed());
    let mut db = Connection::open(folder.path().join("medseal.db")).unwrap();
    schema::migrate(&mut db).unwrap();
    let insert = |columns: &str, values: &str| {
        let sql = format!(
            "INSERT INTO batches (device, time, first, last, received, hash, bytes{columns}) \
             VALUES (7, 0, 0, 0, 0, x'00', x''{values})"
        );
        db.execute(&sql, []).is_ok()
    };
    assert!(!insert("", ""), "neither sealed nor from a source");
    assert!(!insert(", counter, source, form, zone", ", 3, 'icu', 'hl7v2', 'Z'"), "both");
    assert!(!insert(", source", ", 'icu'"), "of no form");
    assert!(insert(", source, form, zone", ", 'icu', 'hl7v2', 'Z'"));
    assert!(!insert(", source, form, zone", ", 'icu', 'hl7v2', 'Z'"), "the same bytes twice");
    assert!(insert(", corrects", ", 10"));
}

#[test]
fn who_only_reads_migrates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_first_version(folder.path(), &sealed());
    let version = || {
        let db = Connection::open(folder.path().join("medseal.db")).unwrap();
        db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
    };
    let error = inspect(folder.path(), Reader::patients).err().unwrap();
    assert!(matches!(error, StoreError::OlderSchema { found: 1, .. }), "{error}");
    assert_eq!(version(), 1);
    Connection::open(folder.path().join("medseal.db"))
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = inspect(folder.path(), Reader::patients).err().unwrap();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn a_folder_has_one_writer_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let rules = Arc::new(Rules::load(None).unwrap());
        Store::open(folder.path(), LiveFeed::default(), Arc::default(), Registry::default(), rules)
    };
    let first = open().unwrap();
    assert!(matches!(open().err(), Some(StoreError::Lock(LockError::Held(_)))));
    // Who only reads is let in, and sees what is committed.
    assert_eq!(inspect(folder.path(), Reader::patients).unwrap(), []);
    first.close().await;
    open().unwrap().close().await;
}
