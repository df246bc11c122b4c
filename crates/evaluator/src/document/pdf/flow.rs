//! The page as it fills: a cursor that moves down, and what is put at it.
//!
//! Lengths are points; y grows downwards from the upper edge of an A4 page.

use std::collections::BTreeMap;

use super::fonts::{FaceId, Faces};
use super::lines::{Line, Run, Style, break_text};
use super::tree::{LeafId, NodeId, Role, Tree};
use crate::document::palette::Colour;
use crate::document::{Anchor, Target, Text};

pub(super) const PAGE_WIDTH: f32 = 595.28;
pub(super) const PAGE_HEIGHT: f32 = 841.89;
pub(super) const LEFT: f32 = 54.0;
pub(super) const WIDTH: f32 = PAGE_WIDTH - 2.0 * LEFT;
pub(super) const TOP: f32 = 66.0;
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 62.0;

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// Words on a base line.
    Words { x: f32, y: f32, text: String, style: Style, leaf: LeafId },
    /// A coloured rectangle that says nothing.
    Fill { area: Area, colour: Colour },
    /// Several coloured rectangles and words that are one figure.
    Figure { parts: Vec<FigurePart>, leaf: LeafId },
    /// A link over words.
    Link { area: Area, to: Target, words: String, leaf: LeafId },
}

/// A part of a figure.
#[derive(Debug, Clone)]
pub(super) enum FigurePart {
    Fill { area: Area, colour: Colour },
    Words { x: f32, y: f32, text: String, style: Style },
}

/// A place on a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) page: usize,
    pub(super) y: f32,
}

/// An entry of the outline.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) level: u8,
    pub(super) words: String,
    pub(super) place: Place,
}

/// The pages laid out so far.
pub(super) struct Flow<'a> {
    pub(super) faces: &'a Faces,
    pub(super) tree: Tree,
    pub(super) pages: Vec<Vec<Op>>,
    pub(super) y: f32,
    pub(super) places: BTreeMap<Anchor, Place>,
    pub(super) outline: Vec<Entry>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(faces: &'a Faces) -> Self {
        let tree = Tree::default();
        Self { faces, tree, pages: vec![Vec::new()], y: TOP, places: BTreeMap::new(), outline: Vec::new() }
    }

    pub(super) fn draw(&mut self, op: Op) {
        if let Some(page) = self.pages.last_mut() {
            page.push(op);
        }
    }

    pub(super) fn fill(&mut self, area: Area, colour: Colour) {
        self.draw(Op::Fill { area, colour });
    }

    pub(super) fn new_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Room left on the page.
    pub(super) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Turns the page unless so much room is left.
    pub(super) fn need(&mut self, height: f32) {
        if self.room() < height && self.y > TOP {
            self.new_page();
        }
    }

    pub(super) fn skip(&mut self, height: f32) {
        self.y = (self.y + height).min(BOTTOM);
    }

    pub(super) fn place(&self) -> Place {
        Place { page: self.pages.len() - 1, y: self.y }
    }

    /// A paragraph's lines, over as many pages as they need.
    pub(super) fn paragraph(&mut self, node: NodeId, text: &Text, style: Style, x: f32, width: f32) {
        let lines = break_text(self.faces, text, style, width);
        // No single line is left behind at the foot of a page.
        if lines.len() > 1 {
            self.need(style.leading() * 2.0);
        }
        for line in &lines {
            self.need(style.leading());
            let y = self.y;
            self.line(node, line, x, y, style);
            self.y = y + style.leading();
        }
    }

    /// One line; `y` is the upper edge of its strip.
    pub(super) fn line(&mut self, node: NodeId, line: &Line, x: f32, y: f32, style: Style) {
        let base = style.size.mul_add(0.32, y + style.leading() / 2.0);
        for run in &line.runs {
            self.run(node, run, x, base);
        }
    }

    fn run(&mut self, node: NodeId, run: &Run, x: f32, base: f32) {
        let size = run.style.size;
        let area = Area { x: x + run.x, y: size.mul_add(-0.92, base), width: run.width, height: size * 1.24 };
        if let Some(colour) = run.ground {
            self.fill(area, colour);
        }
        let parent = if run.link.is_some() { self.tree.node(Some(node), Role::Link) } else { node };
        let leaf = self.tree.leaf(parent);
        self.draw(Op::Words {
            x: area.x + run.inset(),
            y: base,
            text: run.text.clone(),
            style: run.style,
            leaf,
        });
        if let Some(to) = &run.link {
            let leaf = self.tree.leaf(parent);
            self.draw(Op::Link { area, to: to.clone(), words: run.text.trim().to_owned(), leaf });
        }
    }

    /// Words of one style at a place, without breaking them.
    pub(super) fn words(&mut self, node: NodeId, text: &str, style: Style, x: f32, base: f32) {
        let text = self.faces.settable(text, style.face);
        let leaf = self.tree.leaf(node);
        self.draw(Op::Words { x, y: base, text, style, leaf });
    }

    /// The width of words in a style.
    pub(super) fn measure(&self, text: &str, face: FaceId, size: f32) -> f32 {
        self.faces.width(text, face, size)
    }
}
