//! Where a ward keeps its things.

use crate::exit::{Outcome, Problem};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The ward's folder; removed at the end when it was ours to choose.
pub(super) struct Folder {
    root: PathBuf,
    is_temporary: bool,
}

impl Folder {
    /// The folder given, which must be new or empty, or a temporary one. Nobody else may look into it: it holds keys.
    pub(super) fn create(wanted: Option<&Path>) -> Outcome<Self> {
        let (root, is_temporary) = match wanted {
            Some(path) => (path.to_path_buf(), false),
            None => (std::env::temp_dir().join(format!("medseal-ward-{}", unique())), true),
        };
        let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", root.display()));
        let is_used = root.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            return Err(Problem::Input(format!(
                "{}: not empty; a ward makes fresh keys and never touches those of another",
                root.display()
            )));
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        Ok(Self { root, is_temporary })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.is_temporary
    }

    pub(super) fn maker(&self) -> PathBuf {
        self.root.join("maker")
    }

    pub(super) fn site(&self) -> PathBuf {
        self.root.join("site")
    }

    pub(super) fn gateway(&self) -> PathBuf {
        self.root.join("gateway")
    }

    pub(super) fn ehr(&self) -> PathBuf {
        self.root.join("ehr")
    }

    pub(super) fn device(&self, name: &str) -> PathBuf {
        self.root.join("devices").join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be removed stays; the next ward takes another folder.
            let _left = std::fs::remove_dir_all(&self.root);
        }
    }
}

/// A name nobody else has: the process and the time.
fn unique() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{:x}", std::process::id(), now.as_micros())
}
