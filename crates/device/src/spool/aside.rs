//! Batches that the gateway refused for good: kept for a person to look at, one JSON line each.
//!
//! ```text
//! {"reason":"clock","counter":12,"sealed":"<base64>"}
//! ```

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use seal::{Reason, SealedBatch};

fn path(folder: &Path) -> PathBuf {
    folder.join("aside.jsonl")
}

/// Adds a batch; when this returns it survives a power cut.
pub(super) fn add(folder: &Path, sealed: &SealedBatch, reason: Reason) -> io::Result<()> {
    let line = serde_json::json!({
        "reason": reason,
        "counter": sealed.claims().counter,
        "sealed": STANDARD.encode(sealed.as_bytes()),
    });
    let mut file = OpenOptions::new().create(true).append(true).open(path(folder))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

/// How many there are.
pub(super) fn count(folder: &Path) -> io::Result<u64> {
    match File::open(path(folder)) {
        Ok(file) => {
            let mut lines = 0;
            for line in BufReader::new(file).split(b'\n') {
                line?;
                lines += 1;
            }
            Ok(lines)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
