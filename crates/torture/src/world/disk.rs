//! The gateway's disk: a small file system of its own, where one can be had without privileges.
//!
//! A process that only holds them has a user and a mount namespace with a tmpfs in the data folder's place. The gateway is started in there (`nsenter`), so it
//! can die without taking the disk with it; we look in through `/proc/PID/root`. SQLite resolves that link for itself, hence a database is
//! copied out before it is read. A tmpfs forgets its content when the machine does, so this tests a full disk, not a power cut.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::error::{TortureError, io};
use crate::limits;

/// Where the data folder is.
#[derive(Debug)]
pub(crate) enum Disk {
    /// On the machine's own disk.
    Shared {
        /// Why there is no other.
        why: String,
        data: PathBuf,
    },
    /// On one of its own.
    Own {
        /// Holds the namespaces for as long as it lives.
        holder: Child,
        pid: u32,
        data: PathBuf,
        /// How many bytes it has room for.
        room: u64,
    },
}

impl Disk {
    /// Puts a file system of so many bytes over the folder `data` and what is in it already, if this machine lets us.
    pub(crate) async fn over(data: &Path, room: u64) -> Result<Self, TortureError> {
        match hold(data, room).await {
            Ok((holder, pid)) => {
                let disk = Self::Own { holder, pid, data: data.into(), room };
                for entry in std::fs::read_dir(data).map_err(io("the data folder"))?.flatten() {
                    let to = disk.outside(&entry.path());
                    std::fs::copy(entry.path(), &to).map_err(io(to.display().to_string()))?;
                }
                Ok(disk)
            }
            Err(why) => Ok(Self::Shared { why, data: data.into() }),
        }
    }

    /// The words that start a program where the disk is.
    pub(crate) fn inside(&self, words: Vec<OsString>) -> Vec<OsString> {
        match self {
            Self::Shared { .. } => words,
            Self::Own { pid, .. } => {
                let target = pid.to_string();
                let enter = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", &target, "--"];
                enter.into_iter().map(OsString::from).chain(words).collect()
            }
        }
    }

    /// The path by which we reach a file of it.
    pub(crate) fn outside(&self, path: &Path) -> PathBuf {
        match self {
            Self::Shared { .. } => path.into(),
            Self::Own { pid, .. } => {
                PathBuf::from(format!("/proc/{pid}/root")).join(path.strip_prefix("/").unwrap_or(path))
            }
        }
    }

    /// Copies the database out, to be read; the gateway must have ended.
    pub(crate) fn copy_database(&self, to: &Path) -> Result<(), TortureError> {
        std::fs::create_dir_all(to).map_err(io(to.display().to_string()))?;
        for name in ["medseal.db", "medseal.db-wal"] {
            let from = self.outside(&self.data().join(name));
            if from.exists() {
                std::fs::copy(&from, to.join(name)).map_err(io(from.display().to_string()))?;
            }
        }
        Ok(())
    }

    /// Fills it to the last byte, if it is one of its own; what is written there is taken away by [`Disk::empty`].
    pub(crate) async fn fill(&self) -> Result<(), TortureError> {
        let Self::Own { room, .. } = self else { return Ok(()) };
        let (ballast, room) = (self.ballast(), *room);
        let filling = tokio::task::spawn_blocking(move || {
            use std::io::Write as _;
            let mut file = std::fs::File::create(&ballast)?;
            let block = vec![0x5a; 64 * 1024];
            let mut written = 0;
            // Its end is the error that it is full.
            while written < room && file.write_all(&block).is_ok() {
                written += 64 * 1024;
            }
            let small = [0x5a; 512];
            while written < room && file.write_all(&small).is_ok() {
                written += 512;
            }
            Ok(())
        });
        filling.await?.map_err(io("the ballast"))
    }

    /// Makes room again.
    pub(crate) fn empty(&self) -> Result<(), TortureError> {
        std::fs::remove_file(self.ballast()).map_err(io("the ballast"))
    }

    fn ballast(&self) -> PathBuf {
        self.outside(&self.data().join("ballast"))
    }

    pub(crate) fn data(&self) -> &Path {
        match self {
            Self::Shared { data, .. } | Self::Own { data, .. } => data,
        }
    }

    /// Why it is not a disk of its own.
    pub(crate) fn shared_because(&self) -> Option<&str> {
        match self {
            Self::Shared { why, .. } => Some(why),
            Self::Own { .. } => None,
        }
    }

    /// Gives it up.
    pub(crate) async fn close(self) {
        match self {
            Self::Shared { .. } => {}
            // It may have ended already.
            Self::Own { mut holder, .. } => drop(holder.kill().await),
        }
    }
}

/// Starts the holder; gives it and its process id, or says why there is none.
async fn hold(data: &Path, room: u64) -> Result<(Child, u32), String> {
    let script = "mount -t tmpfs -o size=\"$1\" tmpfs \"$2\" && echo ready && exec cat";
    let mut holder = Command::new("unshare")
        .args(["-U", "-r", "-m", "sh", "-c", script, "sh", &room.to_string()])
        .arg(data)
        // `cat` ends when we do.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("unshare: {error}"))?;
    let pid = holder.id().ok_or("unshare ended")?;
    let out = holder.stdout.take().ok_or("unshare says nothing")?;
    let mut said = String::new();
    let read = timeout(limits::STARTS, BufReader::new(out).read_line(&mut said)).await;
    if matches!(read, Ok(Ok(_))) && said == "ready\n" {
        return Ok((holder, pid));
    }
    let ended = timeout(limits::STARTS, holder.wait_with_output()).await;
    let complaint = ended.ok().and_then(Result::ok).map(|output| output.stderr).unwrap_or_default();
    Err(format!("no namespace of our own: {}", String::from_utf8_lossy(&complaint).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_full_inside_and_room_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("before"), "kept").unwrap();
        let disk = Disk::over(folder.path(), 4 << 20).await.unwrap();
        if disk.shared_because().is_some() {
            // This machine lets nobody have one; the run says so in its report.
            return;
        }
        let put = |text: &str| {
            let script = format!("cat {0}/before && echo {text} > {0}/{text}", folder.path().display());
            let words = disk.inside(["sh", "-c", &script].map(OsString::from).to_vec());
            std::process::Command::new(&words[0]).args(&words[1..]).output().unwrap()
        };
        let first = put("one");
        assert!(first.status.success() && first.stdout == b"kept", "{first:?}");
        assert!(!folder.path().join("one").exists(), "it is another file system");
        disk.fill().await.unwrap();
        let full = put("two");
        assert!(!full.status.success(), "{full:?}");
        disk.empty().unwrap();
        assert!(put("three").status.success());
        assert_eq!(std::fs::read_to_string(disk.outside(&folder.path().join("three"))).unwrap(), "three\n");
        disk.close().await;
    }
}
