//! Time stamps beside a ledger's entries: what they say, what each kind of wrong one is called, and whose signature it is.

use evaluator::ledger::stamp::{Query, StampError, TimeStamp};
use evaluator::ledger::{
    Bundle, Digest, Entry, Event, Fault, FileKey, Person, Role, Roster, Signer, Source, Store, authority,
    check,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn key() -> FileKey {
    FileKey::from_secret(&[7; 32])
}

fn roster() -> Roster {
    Roster::new([Person { name: "Ada".into(), role: Role::Assessor, key: key().public_key(), until: None }])
}

/// Three entries, an hour apart: at nine, ten and eleven.
fn ledger(folder: &Path) -> Store {
    let store = Store::of(folder);
    for hour in ["09", "10", "11"] {
        let at = format!("2026-03-01T{hour}:00:00Z").parse().unwrap();
        store.append("Ada", at, Event::Opened { product: format!("Pulse {hour}") }, &key()).unwrap();
    }
    store
}

fn digest(store: &Store, number: u64) -> Digest {
    Entry::parse(&store.entry(number).unwrap()).unwrap().digest()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], contents.as_slice()].concat()
}

/// A response that nobody has signed: status, imprint, time, nonce as an INTEGER's contents.
fn response(status: u8, imprint: Digest, time: &str, nonce: Option<&[u8]>) -> Vec<u8> {
    let oid = |bytes: &[u8]| tlv(0x06, &[bytes]);
    let sha256 = tlv(0x30, &[&oid(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]), &[0x05, 0x00]]);
    let imprint = tlv(0x30, &[&sha256, &tlv(0x04, &[&imprint.0])]);
    let nonce = nonce.map(|nonce| tlv(0x02, &[nonce])).unwrap_or_default();
    let accuracy = tlv(0x30, &[&[0x02, 1, 1]]);
    let info = tlv(
        0x30,
        &[
            &[0x02, 1, 1],
            &oid(&[0x2A, 3]),
            &imprint,
            &[0x02, 1, 5],
            &tlv(0x18, &[time.as_bytes()]),
            &accuracy,
            &nonce,
        ],
    );
    let tst_info = oid(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x04]);
    let content = tlv(0x30, &[&tst_info, &tlv(0xA0, &[&tlv(0x04, &[&info])])]);
    let signed = tlv(0x30, &[&[0x02, 1, 3], &[0x31, 0], &content, &[0x31, 0]]);
    let signed_data = oid(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]);
    let token = tlv(0x30, &[&signed_data, &tlv(0xA0, &[&signed])]);
    let words = tlv(0x30, &[&tlv(0x0C, &[b"not today"])]);
    tlv(0x30, &[&tlv(0x30, &[&[0x02, 1, status], &words]), &token])
}

fn faults(store: &Store) -> Vec<String> {
    let folder = check(store, &roster()).faults;
    let bundle = Bundle::parse(&Bundle::of(store, &roster()).write()).unwrap();
    assert_eq!(folder, check(&bundle, &roster()).faults, "a bundle shows the same faults as the folder");
    folder.iter().map(ToString::to_string).collect()
}

#[test]
fn each_kind_of_wrong_stamp_is_named_with_its_entry() {
    type Spoil = fn(&Store);
    fn keep(store: &Store, number: u64, of: u64, time: &str) {
        let query = Query::new(digest(store, of), [0x11; 8]);
        store.keep_query(number, &query.write()).unwrap();
        let response = response(0, digest(store, of), time, Some(&[0x51, 17, 17, 17, 17, 17, 17, 17]));
        store.keep_stamp(number, &response).unwrap();
    }
    let table: &[(&str, Spoil, &[&str])] = &[
        ("a true one", |store| keep(store, 3, 3, "20260301110001Z"), &[]),
        ("one with parts of a second", |store| keep(store, 3, 3, "20260301110001.5Z"), &[]),
        (
            "true ones of two entries, and clocks that differ by four minutes",
            |store| {
                keep(store, 2, 2, "20260301110000Z");
                keep(store, 3, 3, "20260301105600Z");
            },
            &[],
        ),
        (
            "one that was asked for by other means",
            |store| store.keep_stamp(2, &response(1, digest(store, 2), "20260301110000Z", None)).unwrap(),
            &[],
        ),
        (
            "another entry's",
            |store| keep(store, 2, 3, "20260301110001Z"),
            &["the time stamp of entry 2 is about something else than what lies there"],
        ),
        (
            "without the nonce of its request",
            |store| {
                store.keep_query(2, &Query::new(digest(store, 2), [1; 8]).write()).unwrap();
                store.keep_stamp(2, &response(0, digest(store, 2), "20260301110000Z", None)).unwrap();
            },
            &["the time stamp of entry 2 does not answer the request that was made for it"],
        ),
        (
            "with another nonce than its request's",
            |store| {
                store.keep_query(2, &Query::new(digest(store, 2), [1; 8]).write()).unwrap();
                let stamp = response(0, digest(store, 2), "20260301110000Z", Some(&[9; 8]));
                store.keep_stamp(2, &stamp).unwrap();
            },
            &["the time stamp of entry 2 does not answer the request that was made for it"],
        ),
        (
            "a request that is none",
            |store| {
                store.keep_query(2, b"please").unwrap();
                store.keep_stamp(2, &response(0, digest(store, 2), "20260301110000Z", None)).unwrap();
            },
            &["the time stamp of entry 2 does not answer the request that was made for it"],
        ),
        (
            "earlier than its entry",
            |store| keep(store, 3, 3, "20260301105400Z"),
            &["the time stamp of entry 3 is earlier than entry 3 says it was written"],
        ),
        (
            "earlier than an entry before its own",
            |store| keep(store, 3, 3, "20260301083000Z"),
            &["the time stamp of entry 3 is earlier than entry 1 says it was written"],
        ),
        (
            "earlier than the stamp of an entry before",
            |store| {
                keep(store, 1, 1, "20260301123000Z");
                keep(store, 3, 3, "20260301110100Z");
            },
            &["the time stamp of entry 3 is earlier than that of entry 1"],
        ),
        (
            "refused",
            |store| store.keep_stamp(1, &response(2, digest(store, 1), "20260301110000Z", None)).unwrap(),
            &["the time stamp of entry 1 is none: the authority refused: status 2 not today"],
        ),
        (
            "a day that there is not",
            |store| store.keep_stamp(1, &response(0, digest(store, 1), "20260231110000Z", None)).unwrap(),
            &["the time stamp of entry 1 is none: `20260231110000Z` is no time"],
        ),
        (
            "nonsense",
            |store| store.keep_stamp(1, b"yes, it was there").unwrap(),
            &["the time stamp of entry 1 is none: byte 0: this is no response"],
        ),
        (
            "what is left of a ledger that was cut short, its head with it",
            |store| {
                keep(store, 3, 3, "20260301110001Z");
                let earlier = store.entry(2).unwrap();
                fs::remove_file(store.entry_path(3)).unwrap();
                let head = evaluator::ledger::Head { count: 2, last: Digest::of(&earlier) };
                fs::write(store.entry_path(3).with_file_name("head"), head.sign(&key()).unwrap()).unwrap();
            },
            &["there is a time stamp of entry 3, but no such entry"],
        ),
    ];
    for (what, spoil, expected) in table {
        let folder = tempfile::tempdir().unwrap();
        let store = ledger(folder.path());
        spoil(&store);
        let found = faults(&store);
        assert_eq!(found.len(), expected.len(), "{what}: {found:?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(found.starts_with(expected), "{what}: {found}");
        }
    }
}

#[test]
fn a_stamp_cut_off_or_changed_is_refused_or_says_something_else() {
    let imprint = Digest::of(b"an entry");
    let whole = response(0, imprint, "20260301110000Z", Some(&[0x40, 2, 3]));
    let said = TimeStamp::parse(&whole).unwrap();
    assert_eq!(said.at, "2026-03-01T11:00:00Z".parse().unwrap());
    for cut in 0..whole.len() {
        assert!(TimeStamp::parse(&whole[..cut]).is_err(), "cut at {cut}");
    }
    assert!(TimeStamp::parse(&[&whole[..], &[0]].concat()).is_err(), "a byte behind it");
    assert_eq!(TimeStamp::parse(&vec![0x30; 70_000]), Err(StampError::TooLarge(70_000)));
    for position in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[position] ^= 1 << bit;
            // What the fields do not cover (version, policy, serial number, accuracy) is for the signature to protect.
            let _read = TimeStamp::parse(&changed);
        }
    }
    let mut other = whole.clone();
    let place =
        other.windows(9).position(|bytes| bytes == [0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 1]).unwrap();
    other[place + 8] = 3;
    assert!(matches!(TimeStamp::parse(&other), Err(StampError::Hash(_))));
    let query = Query::new(imprint, [0x93; 8]);
    assert_eq!(Query::parse(&query.write()), Ok(query.clone()));
    for cut in 0..query.write().len() {
        assert!(Query::parse(&query.write()[..cut]).is_err(), "cut at {cut}");
    }
    assert!(!said.answers(&query));
}

/// Random numbers that are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    /// Changes, doubles, drops or exchanges some bytes, up to four times.
    fn spoilt(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let from = self.below(bytes.len());
            let to = (from + self.below(40)).min(bytes.len());
            let piece = bytes[from..to].to_vec();
            match self.below(5) {
                0 => bytes[from] = u8::try_from(self.below(256)).unwrap(),
                1 => bytes[from] ^= 1 << self.below(8),
                2 => drop(bytes.splice(from..to, [])),
                3 => drop(bytes.splice(from..from, piece)),
                _ => {
                    bytes.truncate(to.max(1));
                }
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        bytes
    }
}

#[test]
fn no_bytes_stop_the_reader_of_stamps_requests_and_bundles() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path());
    let query = Query::new(digest(&store, 3), [0x42; 8]);
    let stamp = response(0, digest(&store, 3), "20260301110001Z", Some(&[0x42; 8]));
    store.keep_query(3, &query.write()).unwrap();
    store.keep_stamp(3, &stamp).unwrap();
    assert_eq!(faults(&store), [""; 0]);
    let bundle = Bundle::of(&store, &roster()).write();
    let mut dice = Dice(20_261_122);
    let mut read = [0; 3];
    for _ in 0..3_000 {
        read[0] += usize::from(TimeStamp::parse(&dice.spoilt(&stamp)).is_ok());
        if let Ok(query) = Query::parse(&dice.spoilt(&query.write())) {
            assert_eq!(Query::parse(&query.write()).as_ref(), Ok(&query));
            read[1] += 1;
        }
        let Ok(text) = String::from_utf8(dice.spoilt(bundle.as_bytes())) else { continue };
        if let Ok(bundle) = Bundle::parse(&text) {
            let written = bundle.write();
            assert_eq!(Bundle::parse(&written).unwrap().write(), written);
            if let Ok(ledger) = check(&bundle, &roster()).whole() {
                let first: Vec<u64> = ledger.entries().map(|entry| entry.body().number).collect();
                assert_eq!(first, [1, 2, 3], "{text}");
            }
            read[2] += 1;
        }
    }
    assert!(read.iter().all(|count| *count > 10), "most are refused, but not all: {read:?}");
}

/// An authority of OpenSSL's.
struct Authority {
    folder: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let authority = Self { folder: folder.join(name) };
        fs::create_dir(&authority.folder).unwrap();
        let serial = authority.path("serial");
        let settings = format!(
            "[tsa]\ndefault_tsa=one\n[one]\nserial={serial}\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\n"
        );
        fs::write(authority.path("settings"), settings).unwrap();
        fs::write(authority.path("extensions"), "[req]\ndistinguished_name=dn\nx509_extensions=tsa\n[dn]\n[tsa]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n").unwrap();
        let (key, certificate) = (authority.path("key"), authority.path("certificate"));
        authority.openssl(&format!("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {key} -out {certificate} -subj /CN=TSA -days 1 -config {}", authority.path("extensions")));
        authority
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn openssl(&self, arguments: &str) {
        let out = Command::new("openssl").args(arguments.split(' ')).output();
        let out = out.expect("openssl runs (Debian: apt-get install openssl)");
        assert!(out.status.success(), "{arguments}: {}", String::from_utf8_lossy(&out.stderr));
    }

    fn answer(&self, query: &Path) -> Vec<u8> {
        let (settings, query, out) = (self.path("settings"), query.display(), self.path("response"));
        let (key, certificate) = (self.path("key"), self.path("certificate"));
        self.openssl(&format!(
            "ts -reply -config {settings} -queryfile {query} -inkey {key} -signer {certificate} -out {out}"
        ));
        fs::read(out).unwrap()
    }
}

#[test]
fn the_signature_of_a_stamp_is_its_authoritys_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = ledger(folder.path());
    let (one, other) = (Authority::new(folder.path(), "one"), Authority::new(folder.path(), "other"));
    store.keep_query(3, &Query::new(digest(&store, 3), [0xFF; 8]).write()).unwrap();
    let response = one.answer(&store.query_path(3));
    store.keep_stamp(3, &response).unwrap();
    assert_eq!(faults(&store), [""; 0]);
    let stamp = check(&store, &roster()).stamps.remove(&3).unwrap();
    let path = store.stamp_path(3);
    let verify = |path: &Path, entry, authority: &Authority| {
        authority::verify(path, entry, &stamp, Path::new(&authority.path("certificate")))
    };
    verify(&path, digest(&store, 3), &one).unwrap();
    let wrong = verify(&path, digest(&store, 3), &other).unwrap_err().to_string();
    assert!(wrong.contains("certificate verify error"), "{wrong}");
    let wrong = verify(&path, digest(&store, 2), &one).unwrap_err().to_string();
    assert!(wrong.contains("message imprint mismatch"), "{wrong}");
    // A stamp set back by a second still has its form, but not its signature.
    let mut changed = response;
    let time = changed.windows(3).position(|bytes| bytes == [0x18, 15, b'2']).unwrap() + 15;
    changed[time] ^= 1;
    fs::write(&path, changed).unwrap();
    assert_eq!(faults(&store), [""; 0]);
    let wrong = verify(&path, digest(&store, 3), &one).unwrap_err().to_string();
    assert!(!wrong.is_empty());
    let fault = Fault::StampUntrue { number: 3, why: wrong };
    assert!(fault.to_string().starts_with("the time stamp of entry 3 is not the authority's: "), "{fault}");
}
