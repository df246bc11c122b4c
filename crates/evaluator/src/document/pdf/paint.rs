//! From laid out pages to the bytes of a PDF.

use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target as PdfTarget};
use krilla::color::rgb;
use krilla::destination::{Destination, XyzDestination};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{Page, PageSettings};
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::PdfError;
use super::flow::{Area, Entry, FigurePart, Flow, LEFT, Op, PAGE_HEIGHT, PAGE_WIDTH, Place, WIDTH};
use super::fonts::{FaceId, Faces};
use super::lines::Style;
use crate::document::palette::{Colour, QUIET, RULE};
use crate::document::{Front, Target};

/// Draws all pages and sets the outline and the tags.
pub(super) fn paint(pdf: &mut krilla::Document, flow: &mut Flow<'_>, front: &Front) -> Result<(), PdfError> {
    let count = flow.pages.len();
    for (index, ops) in std::mem::take(&mut flow.pages).into_iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).ok_or(PdfError::Geometry)?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        for op in &ops {
            draw(&mut surface, flow, op)?;
        }
        if index > 0 {
            frame(&mut surface, flow.faces, front, index + 1, count)?;
        }
        surface.finish();
        for op in &ops {
            link(&mut page, flow, op)?;
        }
        page.finish();
    }
    pdf.set_outline(outline(&flow.outline));
    pdf.set_tag_tree(flow.tree.finish("en"));
    Ok(())
}

fn draw(surface: &mut Surface<'_>, flow: &mut Flow<'_>, op: &Op) -> Result<(), PdfError> {
    match op {
        Op::Words { x, y, text, style, leaf } => {
            let identifier = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            words(surface, flow.faces, text, *style, (*x, *y));
            surface.end_tagged();
            flow.tree.drawn(*leaf, identifier);
        }
        Op::Fill { area, colour } => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            fill(surface, *area, *colour)?;
            surface.end_tagged();
        }
        Op::Figure { parts, leaf } => {
            let identifier = surface.start_tagged(ContentTag::Other);
            for part in parts {
                match part {
                    FigurePart::Fill { area, colour } => fill(surface, *area, *colour)?,
                    FigurePart::Words { x, y, text, style } => {
                        words(surface, flow.faces, text, *style, (*x, *y));
                    }
                }
            }
            surface.end_tagged();
            flow.tree.drawn(*leaf, identifier);
        }
        Op::Link { .. } => {}
    }
    Ok(())
}

fn ink(colour: Colour) -> Fill {
    Fill { paint: rgb::Color::new(colour.0, colour.1, colour.2).into(), ..Fill::default() }
}

fn fill(surface: &mut Surface<'_>, area: Area, colour: Colour) -> Result<(), PdfError> {
    let rect = rect(area)?;
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    surface.set_stroke(None);
    surface.set_fill(Some(ink(colour)));
    surface.draw_path(&path.finish().ok_or(PdfError::Geometry)?);
    Ok(())
}

fn rect(area: Area) -> Result<Rect, PdfError> {
    Rect::from_xywh(area.x, area.y, area.width.max(0.1), area.height.max(0.1)).ok_or(PdfError::Geometry)
}

fn words(surface: &mut Surface<'_>, faces: &Faces, text: &str, style: Style, (x, y): (f32, f32)) {
    let glyphs = faces.glyphs(text, style.face);
    surface.set_stroke(None);
    surface.set_fill(Some(ink(style.colour)));
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, faces.font(style.face), text, style.size, false);
}

/// The line at the foot of each page but the cover: the document, the product, the day, the page.
fn frame(
    surface: &mut Surface<'_>,
    faces: &Faces,
    front: &Front,
    page: usize,
    pages: usize,
) -> Result<(), PdfError> {
    let style = Style::of_size(7.6).coloured(QUIET);
    let y = PAGE_HEIGHT - 34.0;
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    fill(surface, Area { x: LEFT, y: y - 13.0, width: WIDTH, height: 0.5 }, RULE)?;
    let left = faces.settable(&format!("{} · {} · {}", front.kind, front.title, front.date), FaceId::Sans);
    words(surface, faces, &left, style, (LEFT, y));
    let right = format!("{page} / {pages}");
    let width = faces.width(&right, FaceId::Sans, style.size);
    words(surface, faces, &right, style, (LEFT + WIDTH - width, y));
    surface.end_tagged();
    Ok(())
}

fn link(page: &mut Page<'_>, flow: &mut Flow<'_>, op: &Op) -> Result<(), PdfError> {
    let Op::Link { area, to, words, leaf } = op else { return Ok(()) };
    let target: PdfTarget = match to {
        Target::Anchor(anchor) => {
            let place = flow
                .places
                .get(anchor)
                .copied()
                .ok_or_else(|| PdfError::Place(anchor.as_str().to_owned()))?;
            PdfTarget::Destination(Destination::Xyz(destination(place)))
        }
        Target::Address(address) => PdfTarget::Action(Action::from(LinkAction::new(address.clone()))),
    };
    let annotation = Annotation::new_link(LinkAnnotation::new(rect(*area)?, target), Some(words.clone()));
    let identifier = page.add_tagged_annotation(annotation);
    flow.tree.drawn(*leaf, identifier);
    Ok(())
}

fn destination(place: Place) -> XyzDestination {
    XyzDestination::new(place.page, Point::from_xy(0.0, (place.y - 10.0).max(0.0)))
}

/// The headings as a tree. `entries` are in the order of the document.
fn outline(entries: &[Entry]) -> Outline {
    let mut outline = Outline::new();
    let mut rest = entries;
    while let Some((first, after)) = rest.split_first() {
        let (node, left) = outline_node(first, after);
        outline.push_child(node);
        rest = left;
    }
    outline
}

fn outline_node<'a>(entry: &Entry, mut rest: &'a [Entry]) -> (OutlineNode, &'a [Entry]) {
    let mut node = OutlineNode::new(entry.words.clone(), destination(entry.place));
    while let Some((first, after)) = rest.split_first() {
        if first.level <= entry.level {
            break;
        }
        let (child, left) = outline_node(first, after);
        node.push_child(child);
        rest = left;
    }
    (node, rest)
}
