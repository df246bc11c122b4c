//! A document as a PDF: A4, tagged and accessible (PDF/UA-1), fit to be archived (PDF/A-2a), with an outline and
//! links that work, and fonts embedded.
//!
//! [`lines`] breaks text, [`flow`] is the page as it fills, [`blocks`], [`table`] and [`cover`] put things on it,
//! [`tree`] keeps the reading order, [`paint`] draws. The layout runs twice: the contents name pages that only
//! a layout knows. krilla writes the file and checks it against both standards.

mod blocks;
mod cover;
mod flow;
mod fonts;
mod lines;
mod matrix;
mod paint;
mod table;
mod tree;

use std::collections::BTreeMap;

use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::metadata::{DateTime, Metadata};
use krilla::{Document as Pdf, SerializeSettings};
use sha2::{Digest, Sha256};

use self::flow::{Flow, Place};
use self::fonts::Faces;
use super::{Anchor, Document, Front};

/// A PDF, and what was lost on the way.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// How many characters the embedded faces lack; each is shown as `□`.
    pub replaced: u32,
}

/// Why no PDF was made. None of these follows from what a document says.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// An embedded face cannot be read.
    #[error("an embedded font cannot be read")]
    Font,
    /// A length is not finite.
    #[error("a length on the page is not a number")]
    Geometry,
    /// A link leads to a place that was not laid out.
    #[error("no page holds {0:?}")]
    Place(String),
    /// The writer refused the file.
    #[error("the PDF was refused: {0}")]
    Refused(String),
}

/// Renders a document.
///
/// # Errors
/// When the writer refuses the file, which would be a defect of this module.
pub fn render(document: &Document) -> Result<Rendered, PdfError> {
    let faces = Faces::new()?;
    let first = lay_out(&faces, document, &BTreeMap::new()).places;
    let replaced = faces.replaced();
    let mut flow = lay_out(&faces, document, &first);
    let pages = flow.pages.len();
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Refused(format!("{error:?}")))?;
    let mut pdf = Pdf::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    pdf.set_metadata(metadata(document));
    paint::paint(&mut pdf, &mut flow, document.front())?;
    let bytes = pdf.finish().map_err(|error| PdfError::Refused(format!("{error:?}")))?;
    Ok(Rendered { bytes, pages, replaced })
}

fn lay_out<'a>(faces: &'a Faces, document: &Document, places: &BTreeMap<Anchor, Place>) -> Flow<'a> {
    let mut flow = Flow::new(faces);
    cover::cover(&mut flow, document.front());
    cover::contents(&mut flow, document, places);
    let mut rest = document.blocks();
    while let Some((block, after)) = rest.split_first() {
        blocks::block(&mut flow, block, after);
        rest = after;
    }
    flow
}

fn metadata(document: &Document) -> Metadata {
    let Front { kind, title, subtitle, author, date, .. } = document.front();
    // The identifier follows from what the document says, so that the same document is the same file.
    let id = hex::encode(Sha256::digest(format!("{document:?}").as_bytes()));
    let day = DateTime::new(date.year).month(date.month).day(date.day).hour(0).minute(0).second(0);
    Metadata::new()
        .title(format!("{kind}: {title}"))
        .description(subtitle.clone())
        .authors(vec![author.clone()])
        .creator("medseal".to_owned())
        .language("en".to_owned())
        .document_id(id)
        .creation_date(day)
}
