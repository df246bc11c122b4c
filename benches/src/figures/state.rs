//! Transactions of a card in a file, which an answer does not wait for the disk to have.

use super::figure::{Figure, Unit};
use super::{Error, TIME};
use card_bench::{BASE, Kind, install, measure as measure_work, select};
use card_link::{CardFile, CardKeys, Durability};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Bytes of one record of a commit: 64 of contents and the journal's own.
const RECORD: usize = 96;

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let keys = CardKeys::random()
        .map_err(|error| Error::Program { program: "randomness".into(), said: error.to_string() })?;
    let path = folder.path().join("bench.card");
    let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process)?;
    install(&mut card, &keys, &BASE)?;
    select(&mut card, &BASE)?;
    let rows = measure_work(&mut card, &[Kind::Transactions, Kind::TransactionApdus], TIME)?;
    let writes = raw_writes(folder.path())?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let what = format!("{}, card in a file, not forced", row.what);
            let figure = Figure::new(what, Unit::PerSecond, row.per_second);
            match row.kind {
                Kind::Transactions => {
                    figure.target(1e6, "each commit is a record of the journal, handed to the system")
                }
                _ => figure.limit("one write of 96 bytes each", writes),
            }
        })
        .collect())
}

/// Writes a second to a file in the same folder, of the size that a commit's record has.
fn raw_writes(folder: &Path) -> Result<f64, Error> {
    let failed = || Error::io("a temporary file");
    let mut file = std::fs::File::create(folder.join("raw")).map_err(failed())?;
    let start = Instant::now();
    let mut made = 0_u32;
    while start.elapsed() < TIME / 2 {
        for _ in 0..64 {
            file.write_all(&[0x5A; RECORD]).map_err(failed())?;
            made += 1;
        }
    }
    Ok(f64::from(made) / start.elapsed().as_secs_f64())
}
