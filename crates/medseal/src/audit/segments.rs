//! Archived stretches of the audit log: each file against what the log says of it.

use crate::exit::{Outcome, Problem};
use gateway::audit::archive::{FOLDER, read};
use gateway::audit::export::shown;
use gateway::audit::{AuditHead, export::ExportError};
use gateway::store::Segment;
use std::path::{Path, PathBuf};

/// A stretch, and the file in which it was found whole.
pub(super) struct Checked<'a> {
    pub(super) segment: &'a Segment,
    pub(super) file: Option<PathBuf>,
}

/// Checks all stretches of which a file is there: in the gateway's folder, or among those named. `seen` is shown the head after each row.
pub(super) fn check<'a>(
    segments: &'a [Segment],
    data: &Path,
    named: &[PathBuf],
    mut seen: impl FnMut(AuditHead),
) -> Outcome<Vec<Checked<'a>>> {
    let mut before = shown(&AuditHead::EMPTY);
    let mut checked = Vec::with_capacity(segments.len());
    for segment in segments {
        let named = named.iter().find(|path| path.file_name().is_some_and(|name| *name == *segment.file));
        let own = data.join(FOLDER).join(&segment.file);
        let file = named.cloned().or_else(|| own.exists().then_some(own));
        if let Some(file) = &file {
            whole(segment, file, &before, &mut seen)?;
        }
        before = format!("{}:{}", segment.last, segment.hash);
        checked.push(Checked { segment, file });
    }
    if let Some(other) = named.iter().find(|path| !checked.iter().any(|one| one.file.as_ref() == Some(*path)))
    {
        return Err(Problem::Input(format!(
            "{}: no archived stretch of this log has that name",
            other.display()
        )));
    }
    Ok(checked)
}

fn whole(segment: &Segment, file: &Path, before: &str, seen: impl FnMut(AuditHead)) -> Outcome {
    let no = |what: String| Problem::No(format!("{}: {what}", file.display()));
    let (exported, digest) = read(file, seen).map_err(|error| match error {
        ExportError::Io { .. } => Problem::Machine(format!("{}: {error}", file.display())),
        ExportError::Line { .. } | ExportError::Chain { .. } | ExportError::CutOff(_) => {
            no(error.to_string())
        }
    })?;
    let end = format!("{}:{}", segment.last, segment.hash);
    if shown(&exported.after) != before {
        return Err(no(format!("it goes on from {}, not from {before}", shown(&exported.after))));
    }
    if shown(&exported.head) != end {
        return Err(no(format!("it ends with {}, and the log goes on from {end}", shown(&exported.head))));
    }
    if hex::encode(digest) != segment.digest {
        return Err(no(format!("its SHA-256 is not {}", segment.digest)));
    }
    Ok(())
}

impl Checked<'_> {
    pub(super) fn line(&self) -> String {
        let Segment { first, last, file, .. } = self.segment;
        match &self.file {
            Some(found) => format!("  rows {first} to {last}: archived, whole in {}", found.display()),
            None => format!("  rows {first} to {last}: archived in {file}, which is not here: not checked"),
        }
    }

    pub(super) fn json(&self) -> serde_json::Value {
        let Segment { first, last, file, digest, .. } = self.segment;
        serde_json::json!({ "first": first, "last": last, "file": file, "sha256": digest, "checked": self.file.is_some() })
    }
}
