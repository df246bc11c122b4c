//! The first pages: what this is, of which product, with which result; then the contents.

use std::collections::BTreeMap;

use super::blocks::{BODY, paragraph_in};
use super::flow::{Area, Flow, LEFT, PAGE_WIDTH, Place, WIDTH};
use super::fonts::FaceId;
use super::lines::{Style, break_text};
use super::tree::{NodeId, Role};
use crate::document::palette::{ACCENT, PAPER, QUIET, RULE};
use crate::document::{Anchor, Document, Front, Heading, Level, Target, Text};

/// The cover.
pub(super) fn cover(flow: &mut Flow<'_>, front: &Front) {
    flow.fill(Area { x: 0.0, y: 0.0, width: PAGE_WIDTH, height: 118.0 }, ACCENT);
    flow.y = 52.0;
    paragraph_in(
        flow,
        None,
        Role::Paragraph,
        &Text::from(front.kind.as_str()),
        Style::of_size(22.0).strong().coloured(PAPER),
    );
    flow.y = 158.0;
    paragraph_in(flow, None, Role::Title, &Text::from(front.title.as_str()), Style::of_size(25.0).strong());
    flow.skip(2.0);
    paragraph_in(
        flow,
        None,
        Role::Paragraph,
        &Text::from(front.subtitle.as_str()),
        Style::of_size(12.0).coloured(QUIET),
    );
    flow.skip(14.0);
    if let Some(result) = &front.result {
        paragraph_in(flow, None, Role::Paragraph, &Text::from(result.clone()), Style::of_size(17.0));
        flow.skip(14.0);
    }
    facts(flow, front);
}

fn facts(flow: &mut Flow<'_>, front: &Front) {
    const NAME: f32 = 138.0;
    let table = flow.tree.node(None, Role::Table { caption: "What this document speaks of".to_owned() });
    let rows = flow.tree.node(Some(table), Role::Rows);
    for (name, value) in &front.facts {
        let left = break_text(flow.faces, &Text::new().quiet(name.as_str()), BODY, NAME - 10.0);
        let right = break_text(flow.faces, value, BODY, WIDTH - NAME);
        let height = left.len().max(right.len()) as f32 * BODY.leading() + 8.0;
        flow.need(height);
        let (y, row) = (flow.y, flow.tree.node(Some(rows), Role::Row));
        flow.fill(Area { x: LEFT, y, width: WIDTH, height: 0.5 }, RULE);
        for (lines, x) in [(left, LEFT), (right, LEFT + NAME)] {
            let cell = flow.tree.node(Some(row), Role::Cell);
            let paragraph = flow.tree.node(Some(cell), Role::Paragraph);
            for (at, line) in lines.iter().enumerate() {
                flow.line(paragraph, line, x, (at as f32).mul_add(BODY.leading(), y + 4.0), BODY);
            }
        }
        flow.skip(height);
    }
}

/// More entries than this stand in two columns.
const ONE_COLUMN: usize = 36;
/// Between two columns.
const GUTTER: f32 = 26.0;

/// The contents, with the pages that the last layout found, or `0` in the first.
pub(super) fn contents(flow: &mut Flow<'_>, document: &Document, places: &BTreeMap<Anchor, Place>) {
    flow.new_page();
    let title = Style::of_size(17.0).strong().coloured(ACCENT);
    let heading = Role::Heading { level: 1, words: "Contents".to_owned() };
    paragraph_in(flow, None, heading, &Text::from("Contents"), title);
    flow.skip(8.0);
    let list = flow.tree.node(None, Role::Contents);
    let columns = if document.contents().count() > ONE_COLUMN { 2 } else { 1 };
    let width = (WIDTH - GUTTER * (columns - 1) as f32) / columns as f32;
    let (mut column, mut top) = (0, flow.y);
    for entry in document.contents() {
        if entry.level == Level::One {
            flow.skip(5.0);
        }
        if flow.room() < BODY.leading() * 2.0 {
            column += 1;
            if column < columns {
                flow.y = top;
            } else {
                flow.new_page();
                (column, top) = (0, flow.y);
            }
        }
        let x = (width + GUTTER).mul_add(column as f32, LEFT);
        let page = places.get(&entry.anchor).map_or(0, |place| place.page + 1);
        let node = flow.tree.node(Some(list), Role::ContentsItem);
        self::entry(flow, entry, page, (x, width), node);
    }
    flow.new_page();
}

/// One line of the contents: the heading as a link, and its page at the right.
fn entry(flow: &mut Flow<'_>, entry: &Heading, page: usize, (x, width): (f32, f32), item: NodeId) {
    let (indent, style) = if entry.level == Level::One { (0.0, BODY.strong()) } else { (14.0, BODY) };
    let to = Target::Anchor(entry.anchor.clone());
    let number = page.to_string();
    let right = x + width - flow.measure(&number, FaceId::Sans, BODY.size);
    let text = Text::new().with(crate::document::Span::Link { text: entry.text.clone(), to });
    let y = flow.y;
    let paragraph = flow.tree.node(Some(item), Role::Paragraph);
    flow.paragraph(paragraph, &text, style, x + indent, width - indent - 30.0);
    let base = BODY.size.mul_add(0.32, y + BODY.leading() / 2.0);
    flow.words(paragraph, &number, BODY.coloured(QUIET), right, base);
    flow.skip(1.5);
}
