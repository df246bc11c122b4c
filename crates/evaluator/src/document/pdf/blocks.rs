//! Each block of a document onto the page.

use super::flow::{Area, Entry, FigurePart, Flow, LEFT, Op, WIDTH};
use super::fonts::FaceId;
use super::lines::{Style, break_text};
use super::tree::{NodeId, Role};
use super::{matrix, table};
use crate::document::palette::{ACCENT, INK, QUIET};
use crate::document::{Bar, Block, Chart, Heading, Level, Text, Tone};

pub(super) const BODY: Style = Style::of_size(9.5);
pub(super) const SMALL: Style = Style::of_size(8.0);
const GAP: f32 = 6.0;
/// A heading asks for no more room than this, or pages would stay half empty.
const LONGEST: f32 = 220.0;

/// Puts a block at the cursor; `rest` is what follows it.
pub(super) fn block(flow: &mut Flow<'_>, block: &Block, rest: &[Block]) {
    match block {
        Block::Heading(it) => heading(flow, it, rest),
        Block::Paragraph(text) => {
            let node = flow.tree.node(None, Role::Paragraph);
            flow.paragraph(node, text, BODY, LEFT, WIDTH);
            flow.skip(GAP);
        }
        Block::List(items) => list(flow, items),
        Block::Note { tone, title, body } => note(flow, *tone, title, body),
        Block::Table(it) => table::table(flow, it),
        Block::Chart(it) => chart(flow, it),
        Block::Matrix(it) => matrix::matrix(flow, it),
    }
}

/// The room that a heading's first lines take: a paragraph or two, and where a table follows its header and first row.
fn first_lines(flow: &Flow<'_>, rest: &[Block]) -> f32 {
    const TABLE: f32 = 78.0;
    const PARAGRAPHS: usize = 2;
    let mut height = 0.0;
    for block in rest.iter().take(PARAGRAPHS + 1) {
        match block {
            Block::Paragraph(text) => {
                height += break_text(flow.faces, text, BODY, WIDTH).len() as f32 * BODY.leading() + GAP;
            }
            Block::Table(_) => return height + TABLE,
            Block::Heading(_) => return height + 50.0,
            Block::List(_) | Block::Note { .. } | Block::Chart(_) | Block::Matrix(_) => return height + 64.0,
        }
    }
    64.0
}

fn heading(flow: &mut Flow<'_>, heading: &Heading, rest: &[Block]) {
    let (size, before, after) = match heading.level {
        Level::One => (17.0, 20.0, 8.0),
        Level::Two => (12.5, 14.0, 5.0),
        Level::Three => (10.5, 9.0, 3.0),
    };
    // A heading stays with the lines that follow it.
    flow.need(before + size + after + first_lines(flow, rest).min(LONGEST));
    if flow.y > super::flow::TOP {
        flow.skip(before);
    }
    let place = flow.place();
    flow.places.insert(heading.anchor.clone(), place);
    let level = heading.level.number();
    flow.outline.push(Entry { level, words: heading.text.clone(), place });
    let node = flow.tree.node(None, Role::Heading { level, words: heading.text.clone() });
    let colour = if heading.level == Level::Three { INK } else { ACCENT };
    let style = Style::of_size(size).strong().coloured(colour);
    flow.paragraph(node, &Text::from(heading.text.as_str()), style, LEFT, WIDTH);
    flow.skip(after);
}

fn list(flow: &mut Flow<'_>, items: &[Text]) {
    const INDENT: f32 = 13.0;
    let list = flow.tree.node(None, Role::List);
    for item in items {
        flow.need(BODY.leading());
        let node = flow.tree.node(Some(list), Role::Item);
        let label = flow.tree.node(Some(node), Role::ItemLabel);
        let base = BODY.size.mul_add(0.32, flow.y + BODY.leading() / 2.0);
        flow.words(label, "•", BODY.coloured(ACCENT), LEFT + 3.0, base);
        let body = flow.tree.node(Some(node), Role::ItemBody);
        flow.paragraph(body, item, BODY, LEFT + INDENT, WIDTH - INDENT);
        flow.skip(2.0);
    }
    flow.skip(GAP - 2.0);
}

fn note(flow: &mut Flow<'_>, tone: Tone, title: &str, body: &[Text]) {
    const PAD: f32 = 9.0;
    let width = 2.0f32.mul_add(-PAD, WIDTH - 3.0);
    let title = Text::new().strong(title);
    let lines = |text: &Text| break_text(flow.faces, text, BODY, width).len() as f32 * BODY.leading();
    let height = lines(&title) + body.iter().map(|text| lines(text) + 3.0).sum::<f32>() + 2.0 * PAD - 3.0;
    flow.need(height);
    let shades = tone.shades();
    let (y, node) = (flow.y, flow.tree.node(None, Role::Part));
    flow.fill(Area { x: LEFT, y, width: WIDTH, height }, shades.ground);
    flow.fill(Area { x: LEFT, y, width: 3.0, height }, shades.fill);
    flow.skip(PAD);
    for (index, text) in std::iter::once(&title).chain(body).enumerate() {
        let paragraph = flow.tree.node(Some(node), Role::Paragraph);
        let style = if index == 0 { BODY.coloured(shades.ink) } else { BODY };
        flow.paragraph(paragraph, text, style, LEFT + 3.0 + PAD, width);
        flow.skip(3.0);
    }
    flow.skip(PAD - 3.0 + GAP + 2.0);
}

pub(super) fn caption(flow: &mut Flow<'_>, words: &str) {
    let node = flow.tree.node(None, Role::Caption);
    flow.paragraph(node, &Text::from(words), SMALL.coloured(QUIET), LEFT, WIDTH);
    flow.skip(GAP + 4.0);
}

fn chart(flow: &mut Flow<'_>, chart: &Chart) {
    const STEP: f32 = 15.0;
    let height = chart.bars.len() as f32 * STEP + 18.0;
    flow.need(height + 20.0);
    let words =
        format!("{}. {}", chart.caption, chart.bars.iter().map(Bar::in_words).collect::<Vec<_>>().join("; "));
    let node = flow.tree.node(None, Role::Figure { words });
    let leaf = flow.tree.leaf(node);
    let mut parts = Vec::new();
    let labels: Vec<String> =
        chart.bars.iter().map(|bar| flow.faces.settable(&bar.label.plain_text(), FaceId::Sans)).collect();
    let label_width = labels
        .iter()
        .map(|label| flow.measure(label, FaceId::Sans, SMALL.size))
        .fold(0.0, f32::max)
        .min(WIDTH * 0.42)
        + 10.0;
    let scale = (WIDTH - label_width - 34.0) / chart.longest() as f32;
    for (bar, label) in chart.bars.iter().zip(labels) {
        bar_parts(flow, bar, label, (label_width, scale), &mut parts);
        flow.skip(STEP);
    }
    legend(flow, chart, label_width, &mut parts);
    flow.draw(Op::Figure { parts, leaf });
    flow.skip(15.0);
    caption(flow, &chart.caption);
}

fn bar_parts(
    flow: &Flow<'_>,
    bar: &Bar,
    label: String,
    (label_width, scale): (f32, f32),
    parts: &mut Vec<FigurePart>,
) {
    const THICK: f32 = 10.0;
    let base = flow.y + 8.0;
    parts.push(FigurePart::Words { x: LEFT, y: base, text: label, style: SMALL });
    let mut x = LEFT + label_width;
    for part in bar.parts.iter().filter(|part| part.count > 0) {
        let width = part.count as f32 * scale;
        let shades = part.tone.shades();
        parts.push(FigurePart::Fill {
            area: Area { x, y: flow.y, width: (width - 0.6).max(0.4), height: THICK },
            colour: shades.fill,
        });
        let number = part.count.to_string();
        let style = Style::of_size(7.0).strong();
        let room = flow.measure(&number, FaceId::Bold, style.size);
        if width > room + 5.0 {
            let area = Area {
                x: x + (width - room) / 2.0 - 2.0,
                y: flow.y + 1.2,
                width: room + 4.0,
                height: THICK - 2.4,
            };
            parts.push(FigurePart::Fill { area, colour: shades.ground });
            parts.push(FigurePart::Words {
                x: x + (width - room) / 2.0,
                y: flow.y + 7.5,
                text: number,
                style: style.coloured(shades.ink),
            });
        }
        x += width;
    }
    parts.push(FigurePart::Words {
        x: x + 5.0,
        y: base,
        text: bar.total().to_string(),
        style: SMALL.coloured(QUIET),
    });
}

fn legend(flow: &Flow<'_>, chart: &Chart, indent: f32, parts: &mut Vec<FigurePart>) {
    let mut x = LEFT + indent;
    for (label, tone) in chart.legend() {
        let text = flow.faces.settable(label, FaceId::Sans);
        let width = flow.measure(&text, FaceId::Sans, SMALL.size);
        parts.push(FigurePart::Fill {
            area: Area { x, y: flow.y + 3.0, width: 7.0, height: 7.0 },
            colour: tone.shades().fill,
        });
        parts.push(FigurePart::Words { x: x + 10.0, y: flow.y + 9.4, text, style: SMALL });
        x += width + 24.0;
    }
}

/// A paragraph in a part of a page, for the cover.
pub(super) fn paragraph_in(
    flow: &mut Flow<'_>,
    parent: Option<NodeId>,
    role: Role,
    text: &Text,
    style: Style,
) {
    let node = flow.tree.node(parent, role);
    flow.paragraph(node, text, style, LEFT, WIDTH);
}
