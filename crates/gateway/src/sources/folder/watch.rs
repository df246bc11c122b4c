//! Which files are there, and when one is whole.

use std::collections::HashMap;
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tokio::fs;

use super::take;
use crate::config;
use crate::limits;
use crate::sources::device::Speaker;

pub(super) const TAKING: &str = "taking";
pub(super) const DONE: &str = "done";
pub(super) const REFUSED: &str = "refused";

/// How a file looked, and since when.
struct Seen {
    length: u64,
    changed: Option<SystemTime>,
    since: Instant,
}

/// Looks again and again until the gateway stops.
pub(super) async fn run(config: config::Folder, speaker: Speaker) {
    let shutdown = speaker.services.shutdown.clone();
    let mut seen: HashMap<PathBuf, Seen> = HashMap::new();
    let mut reached = false;
    loop {
        let looked = async {
            // What was under way when the gateway last stopped comes first.
            for path in files(&config.path.join(TAKING)).await? {
                take::file(&config.path, &path, &speaker).await?;
            }
            for path in settled(&config, &mut seen).await? {
                let Some(name) = path.file_name() else { continue };
                let taking = config.path.join(TAKING).join(name);
                fs::rename(&path, &taking).await?;
                take::file(&config.path, &taking, &speaker).await?;
            }
            Result::Ok(())
        };
        match shutdown.run_until_cancelled(looked).await {
            None => return,
            Some(Err(error)) => {
                tracing::warn!(source = %config.name, %error, "the folder cannot be worked on");
                speaker.post.lost(error.to_string());
                reached = false;
            }
            Some(Ok(())) if !reached => {
                speaker.post.connected();
                reached = true;
            }
            Some(Ok(())) => {}
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(limits::FOLDER_TICK)).await.is_none() {
            return;
        }
    }
}

/// Files, not folders or links, whose names say that they are meant to be read, in the order of their names.
async fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_meant = !name.starts_with('.') && !name.ends_with(".part") && !name.ends_with(".tmp");
        if is_meant && entry.file_type().await?.is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Those that have stayed as they are for the configured time.
async fn settled(config: &config::Folder, seen: &mut HashMap<PathBuf, Seen>) -> Result<Vec<PathBuf>> {
    let present = files(&config.path).await?;
    seen.retain(|path, _| present.contains(path));
    let wanted = Duration::from_secs(config.settle_seconds);
    let mut whole = Vec::new();
    for path in present {
        let about = fs::symlink_metadata(&path).await?;
        let (length, changed) = (about.len(), about.modified().ok());
        let known = seen.get(&path).filter(|known| known.length == length && known.changed == changed);
        let since = known.map_or_else(Instant::now, |known| known.since);
        if since.elapsed() >= wanted {
            seen.remove(&path);
            whole.push(path);
        } else {
            seen.insert(path, Seen { length, changed, since });
        }
    }
    Ok(whole)
}
