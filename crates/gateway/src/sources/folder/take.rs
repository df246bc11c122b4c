//! One file: read, handed over, and put where it belongs.

use std::collections::VecDeque;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::fs::{self, File};
use tokio::io::AsyncReadExt as _;

use super::watch::{DONE, REFUSED};
use crate::limits;
use crate::sources::device::{Handed, Settled, Speaker};
use crate::store::now;

/// Reads the file at `path`, which lies in `taking`, and moves it to `done` or `refused`.
pub(super) async fn file(folder: &Path, path: &Path, speaker: &Speaker) -> Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let peer: Arc<str> = format!("folder {} file {name}", speaker.source).into();
    let mut taking = Taking { speaker, peer, pending: VecDeque::new(), refused: Vec::new(), stored: 0 };
    taking.read(path).await?;
    let Taking { refused, stored, .. } = taking;
    let to = free(&folder.join(if refused.is_empty() { DONE } else { REFUSED }), &name).await?;
    if !refused.is_empty() {
        let mut note = to.clone().into_os_string();
        note.push(".txt");
        fs::write(note, format!("{stored} records stored; refused:\n{}\n", refused.join("\n"))).await?;
    }
    fs::rename(path, &to).await?;
    tracing::info!(source = %speaker.source, file = name, stored, refused = refused.len(), "a file was taken");
    Ok(())
}

/// A name in `folder` that is not there yet: files of one name may come every day.
async fn free(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut to = folder.join(name);
    let mut number = 1_u32;
    while fs::try_exists(&to).await? {
        number += 1;
        to = folder.join(format!("{name}.{number}"));
    }
    Ok(to)
}

struct Taking<'a> {
    speaker: &'a Speaker,
    peer: Arc<str>,
    pending: VecDeque<Handed>,
    refused: Vec<String>,
    stored: u64,
}

impl Taking<'_> {
    async fn read(&mut self, path: &Path) -> Result<()> {
        let mut session = self.speaker.open().map_err(Error::other)?;
        let mut file = File::open(path).await?;
        let mut portion = vec![0; limits::READ_BYTES];
        loop {
            let count = file.read(&mut portion).await?;
            let events = match count {
                0 => session.end(now()),
                count => session.push(portion.get(..count).unwrap_or_default(), now()),
            };
            for event in events {
                if self.pending.len() >= limits::IN_FLIGHT {
                    self.settle_first().await?;
                }
                let handed = self.speaker.hand(event, &self.peer).await;
                self.pending.push_back(handed.map_err(Error::other)?);
            }
            if count == 0 {
                break;
            }
        }
        while !self.pending.is_empty() {
            self.settle_first().await?;
        }
        Ok(())
    }

    async fn settle_first(&mut self) -> Result<()> {
        let Some(first) = self.pending.pop_front() else { return Ok(()) };
        match self.speaker.settle(first, &self.peer).await {
            // A file is not answered.
            Settled::Nothing | Settled::Say(_) => {}
            Settled::Stored(_) => self.stored += 1,
            Settled::Refused(_, rejection) => {
                // All of them are in quarantine; the note beside the file need not be longer than the file.
                if self.refused.len() < limits::FOLDER_NOTES {
                    self.refused.push(format!("{}: {}", rejection.reason.as_str(), rejection.detail));
                }
            }
            // Nothing was said of the file yet: it stays in `taking` and is read again.
            Settled::Unavailable => return Err(Error::other("records cannot be stored at present")),
        }
        Ok(())
    }
}
