//! The evaluation folder on disk, read whole before anything is parsed.

use crate::catalog::Overlay;
use crate::limits::DOCUMENT_BYTES;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a folder could not be read.
#[derive(Debug, Error)]
pub enum FolderError {
    /// A file or the folder would not be read.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is no evaluation folder.
    #[error("{0}: no `evaluation.toml` here; `medseal evaluate init` makes an evaluation folder")]
    NotAnEvaluation(PathBuf),
    /// A file of more than [`DOCUMENT_BYTES`].
    #[error("{0}: larger than {DOCUMENT_BYTES} bytes")]
    TooLarge(PathBuf),
    /// A file that is no UTF-8 text.
    #[error("{path}: not UTF-8 from byte {offset} on")]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first byte that is not.
        offset: usize,
    },
}

/// The texts of an evaluation: documents by path in the folder, and the site's corrections of the catalog.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// Path with `/`, to text.
    pub texts: BTreeMap<String, String>,
    /// From `catalog/*.tsv`.
    pub overlay: Overlay,
}

impl Documents {
    /// Reads `*.toml`, `ixit/*.toml` and `catalog/*.tsv` of a folder; nothing else is touched.
    ///
    /// # Errors
    /// When the folder is no evaluation, or a file cannot be read, is too large or no text.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let mut documents = Self::default();
        for (name, path) in files(folder, "toml")? {
            documents.texts.insert(name, text(&path)?);
        }
        if !documents.texts.contains_key("evaluation.toml") {
            return Err(FolderError::NotAnEvaluation(folder.into()));
        }
        for (name, path) in files(&folder.join("ixit"), "toml")? {
            documents.texts.insert(format!("ixit/{name}"), text(&path)?);
        }
        for (name, path) in files(&folder.join("catalog"), "tsv")? {
            documents.overlay.add(name, text(&path)?);
        }
        Ok(documents)
    }
}

/// Names and paths of the files with an extension; none where there is no such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<(String, PathBuf)>, FolderError> {
    let failed = |error| FolderError::Io { path: folder.into(), error };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !folder.ends_with(".") => {
            return if folder.ends_with("ixit") || folder.ends_with("catalog") {
                Ok(Vec::new())
            } else {
                Err(failed(error))
            };
        }
        Err(error) => return Err(failed(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let has_extension = path.extension().is_some_and(|known| known == extension);
        if has_extension
            && path.is_file()
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
        {
            found.push((name.to_owned(), path.clone()));
        }
    }
    found.sort();
    Ok(found)
}

fn text(path: &Path) -> Result<String, FolderError> {
    use std::io::Read;
    let failed = |error| FolderError::Io { path: path.into(), error };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > DOCUMENT_BYTES {
        return Err(FolderError::TooLarge(path.into()));
    }
    String::from_utf8(bytes)
        .map_err(|error| FolderError::NotText { path: path.into(), offset: error.utf8_error().valid_up_to() })
}
