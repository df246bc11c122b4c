//! One file: read, handed over, and put where it belongs.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::fs::{self, File};
use tokio::io::AsyncReadExt as _;

use super::watch::{DONE, REFUSED};
use crate::limits;
use crate::sources::device::{Speaker, Taken, Taking};

/// Reads the file at `path`, which lies in `taking`, and moves it to `done` or `refused`.
pub(super) async fn file(folder: &Path, path: &Path, speaker: &Speaker) -> Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let peer: Arc<str> = format!("folder {} file {name}", speaker.source).into();
    let Taken { stored, refused } = read(path, Taking::begin(speaker, peer).map_err(Error::other)?).await?;
    let to = free(&folder.join(if refused.is_empty() { DONE } else { REFUSED }), &name).await?;
    if !refused.is_empty() {
        let mut note = to.clone().into_os_string();
        note.push(".txt");
        let lines = refused.iter().map(|one| format!("{}: {}\n", one.reason.as_str(), one.detail));
        fs::write(note, format!("{stored} records stored; refused:\n{}", lines.collect::<String>())).await?;
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

/// Hands over what is in it. When that fails nothing is said of the file yet: it stays in `taking` and is read again.
async fn read(path: &Path, mut taking: Taking<'_>) -> Result<Taken> {
    let mut file = File::open(path).await?;
    let mut portion = vec![0; limits::READ_BYTES];
    loop {
        match file.read(&mut portion).await? {
            0 => return taking.end().await.map_err(Error::other),
            count => taking.push(portion.get(..count).unwrap_or_default()).await.map_err(Error::other)?,
        }
    }
}
