//! A document as a Word file (ECMA-376 part 1, WordprocessingML): headings with their styles and an outline, tables
//! whose header repeats on every page, links and bookmarks, a table of contents that Word can bring up to date.
//!
//! [`parts`] holds what is the same in every file, [`body`] writes what the document says.

mod body;
mod parts;

use super::Document;
use crate::ooxml::{PackageError, PackageWriter};

/// Renders a document.
///
/// # Errors
/// When the archive cannot be written, which memory alone could cause.
pub fn render(document: &Document) -> Result<Vec<u8>, PackageError> {
    let body = body::Body::new(document);
    let mut package = PackageWriter::new();
    package.part("[Content_Types].xml", parts::CONTENT_TYPES)?;
    package.part("_rels/.rels", parts::RELATIONSHIPS)?;
    package.part("docProps/core.xml", &parts::core(document.front()))?;
    package.part("word/document.xml", &body.xml)?;
    package.part("word/_rels/document.xml.rels", &parts::document_relationships(&body.addresses))?;
    package.part("word/styles.xml", &parts::styles())?;
    package.part("word/numbering.xml", parts::NUMBERING)?;
    package.part("word/settings.xml", parts::SETTINGS)?;
    package.part("word/footer1.xml", &parts::footer(document.front()))?;
    package.finish()
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    #[test]
    fn a_file_is_the_same_for_the_same_document() {
        let document = sample().finish().expect("finished");
        let first = render(&document).expect("a file");
        assert!(first == render(&document).expect("a file"));
    }
}
