//! The output file: lines appended by one thread, which syncs once for all that wait and only then tells them so.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use tokio::sync::{mpsc, oneshot};

/// Lines waiting at a time; past that, connections wait.
const QUEUE: usize = 1024;

/// The file's door. It is closed when the last one is dropped.
#[derive(Debug)]
pub(super) struct Journal(mpsc::Sender<(String, oneshot::Sender<bool>)>);

impl Journal {
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        let (lines, mut queue) = mpsc::channel::<(String, oneshot::Sender<bool>)>(QUEUE);
        std::thread::Builder::new().name("hl7-output".into()).spawn(move || {
            let mut waiting = Vec::new();
            while let Some(first) = queue.blocking_recv() {
                waiting.push(first);
                while let Ok(more) = queue.try_recv() {
                    waiting.push(more);
                }
                let stored = write(&mut file, waiting.iter().map(|(line, _)| line.as_str()));
                if let Err(error) = &stored {
                    tracing::error!(%error, "the output file cannot be written");
                }
                for (_, answer) in waiting.drain(..) {
                    // An error means that the connection has gone.
                    let _ = answer.send(stored.is_ok());
                }
            }
        })?;
        Ok(Self(lines))
    }

    /// Appends one line; true once it is on disk.
    pub(super) async fn append(&self, line: String) -> bool {
        let (answer, answered) = oneshot::channel();
        self.0.send((line, answer)).await.is_ok() && answered.await.unwrap_or(false)
    }
}

fn write<'l>(file: &mut File, lines: impl Iterator<Item = &'l str>) -> std::io::Result<()> {
    let mut out = String::new();
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
    file.write_all(out.as_bytes())?;
    file.sync_data()
}
