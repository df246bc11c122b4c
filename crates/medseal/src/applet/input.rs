//! What the commands on applets read: versions, identifiers, CAP and export files.

use crate::exit::{Outcome, Problem, read};
use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::{ExportFile, ExportSet};
use std::path::{Path, PathBuf};

/// Reads `3.0.5`, `3.1` (also `3.1.0`) or `3.2` (also `3.2.0`).
pub(crate) fn api_version(text: &str) -> Result<ApiVersion, String> {
    let plain = text.strip_suffix(".0").filter(|short| short.contains('.')).unwrap_or(text);
    plain.parse().map_err(|error| format!("'{text}': {error}"))
}

/// Reads an application identifier of 5 to 16 bytes in hexadecimal; blanks, colons and 0x parts are let pass.
pub(crate) fn aid(text: &str) -> Result<Aid, String> {
    let digits: String = text.replace("0x", "").chars().filter(|c| !matches!(c, ' ' | ':' | '\'')).collect();
    let bytes = hex::decode(&digits).map_err(|error| format!("'{text}': {error}"))?;
    Aid::new(&bytes).map_err(|error| format!("'{text}': {error}"))
}

/// Reads a CAP file: the JAR as sold, or the bare load file.
pub(crate) fn cap(path: &Path) -> Outcome<CapFile> {
    let bytes = read(path)?;
    let parsed = if bytes.starts_with(b"PK") {
        CapFile::from_jar(&bytes).map_err(|error| error.to_string())
    } else {
        CapFile::from_load_file(&bytes).map_err(|error| error.to_string())
    };
    parsed.map_err(|error| Problem::Input(format!("{}: {error}", path.display())))
}

/// The platform's packages and all export files found below the folders.
pub(crate) fn exports(api: ApiVersion, folders: &[PathBuf]) -> Outcome<ExportSet> {
    let mut set = ExportSet::platform(api);
    for folder in folders {
        add_exports(&mut set, folder)?;
    }
    Ok(set)
}

fn add_exports(set: &mut ExportSet, folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            add_exports(set, &path)?;
        } else if path.extension().is_some_and(|extension| extension == "exp") {
            let file = ExportFile::parse(&read(&path)?)
                .map_err(|error| Problem::Input(format!("{}: {error}", path.display())))?;
            set.add(file);
        }
    }
    Ok(())
}
