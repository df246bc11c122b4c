//! Every attack on every source. `table.tsv` says what each is answered and what the gateway writes down of it; a test for each way in
//! makes its lines of the table and compares. `MEDSEAL_TEST_WRITE=1` writes them anew (one test at a time: `-j1`), to be read by a person before
//! they are committed.
//!
//! Each attack comes after one good batch of its device and before another, which must be stored: an attack harms nobody, not even the
//! device in whose name it was made.

mod bedside;
mod devices;
mod material;
mod sdc;
mod way;

use std::path::PathBuf;

use gateway::store::Page;
use seal::Reason;

use crate::fixture::RunningSite;

/// What a site has written down.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    stored: usize,
    duplicates: u64,
    refusals: Vec<Reason>,
    connects_refused: usize,
}

async fn seen(site: &RunningSite) -> Seen {
    let rows = site.running.services.store.read(|reader| reader.audit(Page { before: None, limit: 1000 }));
    let is_refused_connect =
        |row: &&gateway::audit::AuditRow| row.action == "connect" && row.outcome == "refused";
    Seen {
        stored: site.stored().await.len(),
        duplicates: site.running.services.metrics.snapshot().duplicates,
        refusals: site.refusals().await,
        connects_refused: rows.await.unwrap().iter().filter(is_refused_connect).count(),
    }
}

/// Waits until something of an attack is written down; gives it in a word, and sees that nothing was stored.
async fn noted(site: &RunningSite, before: &Seen) -> String {
    for _ in 0..400 {
        let now = seen(site).await;
        if now != *before {
            assert_eq!(now.stored, before.stored, "something was stored");
            let fresh: Vec<&str> =
                now.refusals.iter().skip(before.refusals.len()).map(|reason| reason.as_str()).collect();
            return match fresh.as_slice() {
                [] if now.duplicates > before.duplicates => "stored once".into(),
                [] => "connect refused".into(),
                some => some.join(" "),
            };
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    "nothing".into()
}

/// One line of the table.
struct Line {
    attack: &'static str,
    answer: String,
    noted: String,
}

/// Compares a way's lines with the table's.
fn compare(way: &str, lines: &[Line]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/attacks/table.tsv");
    let table = std::fs::read_to_string(&path).unwrap_or_default();
    let made: Vec<String> = lines
        .iter()
        .map(|Line { attack, answer, noted }| format!("{way}\t{attack}\t{answer}\t{noted}"))
        .collect();
    let prefix = format!("{way}\t");
    if std::env::var_os("MEDSEAL_TEST_WRITE").is_some() {
        let others = table.lines().filter(|line| !line.starts_with(&prefix)).map(str::to_owned);
        let all: Vec<String> = others.chain(made).collect();
        std::fs::write(&path, all.join("\n") + "\n").unwrap();
        return;
    }
    let expected: Vec<&str> = table.lines().filter(|line| line.starts_with(&prefix)).collect();
    assert_eq!(made, expected, "{way} (left: this run, right: {})", path.display());
}
