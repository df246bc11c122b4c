//! The faces that a PDF embeds: Liberation Sans and Mono, which have the widths of Arial and Courier New, so
//! that the Word file breaks its lines much as the PDF does.
//!
//! Text is set glyph by glyph without kerning: Latin, Greek, Cyrillic and Hebrew letters. A character that
//! the faces lack is set as `□` (and counted), since an archived PDF may not hold the missing-glyph box.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::raw::FontRef;
use skrifa::{MetadataProvider, charmap::Charmap, metrics::GlyphMetrics};

use super::PdfError;

const SANS: &[u8] = include_bytes!("../../../fonts/LiberationSans-Regular.ttf");
const SANS_BOLD: &[u8] = include_bytes!("../../../fonts/LiberationSans-Bold.ttf");
const MONO: &[u8] = include_bytes!("../../../fonts/LiberationMono-Regular.ttf");

/// What stands in for a character that the faces lack.
const STAND_IN: char = '\u{25a1}';

/// Which face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaceId {
    Sans,
    Bold,
    Mono,
}

/// One face: its glyphs and their widths.
struct Face {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
    known: RefCell<HashMap<char, (u32, f32)>>,
}

/// All faces.
pub(super) struct Faces {
    sans: Face,
    bold: Face,
    mono: Face,
    replaced: Cell<u32>,
}

impl Face {
    fn new(data: &'static [u8]) -> Result<Self, PdfError> {
        let parsed = FontRef::new(data).map_err(|_| PdfError::Font)?;
        let font = Font::new(data.into(), 0).ok_or(PdfError::Font)?;
        let units_per_em = font.units_per_em();
        let metrics = parsed.glyph_metrics(Size::unscaled(), LocationRef::default());
        Ok(Self {
            font,
            charmap: parsed.charmap(),
            metrics,
            units_per_em,
            known: RefCell::new(HashMap::new()),
        })
    }

    /// A character's glyph and width in parts of the em.
    fn glyph(&self, c: char) -> (u32, f32) {
        *self.known.borrow_mut().entry(c).or_insert_with(|| {
            let glyph = self.charmap.map(c).unwrap_or_default();
            (glyph.to_u32(), self.metrics.advance_width(glyph).unwrap_or_default() / self.units_per_em)
        })
    }
}

impl Faces {
    pub(super) fn new() -> Result<Self, PdfError> {
        Ok(Self {
            sans: Face::new(SANS)?,
            bold: Face::new(SANS_BOLD)?,
            mono: Face::new(MONO)?,
            replaced: Cell::new(0),
        })
    }

    fn face(&self, id: FaceId) -> &Face {
        match id {
            FaceId::Sans => &self.sans,
            FaceId::Bold => &self.bold,
            FaceId::Mono => &self.mono,
        }
    }

    pub(super) fn font(&self, id: FaceId) -> Font {
        self.face(id).font.clone()
    }

    /// How many characters were replaced so far.
    pub(super) fn replaced(&self) -> u32 {
        self.replaced.get()
    }

    /// The text as it can be set: white space is a space, what has no glyph is the stand-in.
    pub(super) fn settable(&self, text: &str, id: FaceId) -> String {
        text.chars()
            .map(|c| match c {
                c if c.is_whitespace() => ' ',
                c if c.is_control() || self.face(id).glyph(c).0 == 0 => {
                    self.replaced.set(self.replaced.get().saturating_add(1));
                    STAND_IN
                }
                c => c,
            })
            .collect()
    }

    /// The width of a text in points.
    pub(super) fn width(&self, text: &str, id: FaceId, size: f32) -> f32 {
        let face = self.face(id);
        text.chars().map(|c| face.glyph(c).1).sum::<f32>() * size
    }

    /// The glyphs of a text.
    pub(super) fn glyphs(&self, text: &str, id: FaceId) -> Vec<KrillaGlyph> {
        let face = self.face(id);
        text.char_indices()
            .map(|(at, c)| {
                let (glyph, width) = face.glyph(c);
                KrillaGlyph::new(GlyphId::new(glyph), width, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
            })
            .collect()
    }
}
