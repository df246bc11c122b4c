//! Text broken into lines of a width.

use super::fonts::{FaceId, Faces};
use crate::document::palette::{ACCENT, Colour, INK, QUIET};
use crate::document::{Span, Target, Text};

/// The room left and right of a mark's word, in points.
const MARK_ROOM: f32 = 3.0;

/// How running text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) face: FaceId,
    pub(super) colour: Colour,
}

impl Style {
    pub(super) const fn of_size(size: f32) -> Self {
        Self { size, face: FaceId::Sans, colour: INK }
    }

    pub(super) const fn strong(self) -> Self {
        Self { face: FaceId::Bold, ..self }
    }

    pub(super) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// From one base line to the next.
    pub(super) fn leading(self) -> f32 {
        self.size * 1.36
    }
}

/// Words of one style on one line.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) style: Style,
    /// Left edge, from the line's left edge.
    pub(super) x: f32,
    pub(super) width: f32,
    /// The ground of a mark.
    pub(super) ground: Option<Colour>,
    pub(super) link: Option<Target>,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
}

impl Line {
    fn end(&self) -> f32 {
        self.runs.last().map_or(0.0, |run| run.x + run.width)
    }
}

/// What all words of a span have in common.
#[derive(Clone, Copy)]
struct Look<'a> {
    style: Style,
    ground: Option<Colour>,
    link: Option<&'a Target>,
    span: usize,
}

/// Breaks text at spaces; a word longer than the width is cut, after punctuation if it can be.
pub(super) fn break_text(faces: &Faces, text: &Text, base: Style, width: f32) -> Vec<Line> {
    let mut breaker =
        Breaker { faces, width, done: Vec::new(), line: Line::default(), last: usize::MAX, space: false };
    for (index, span) in text.spans().iter().enumerate() {
        let look = look_of(span, base, index);
        let words = faces.settable(span.words(), look.style.face);
        if look.ground.is_some() {
            breaker.mark(&words, look);
        } else {
            breaker.words(&words, look);
        }
    }
    breaker.done.push(breaker.line);
    breaker.done
}

fn look_of(span: &Span, base: Style, index: usize) -> Look<'_> {
    let look = |style| Look { style, ground: None, link: None, span: index };
    match span {
        Span::Plain(_) | Span::Missing(_) => look(base),
        Span::Strong(_) => look(base.strong()),
        Span::Quiet(_) => look(base.coloured(QUIET)),
        Span::Code(_) => look(Style { face: FaceId::Mono, size: base.size * 0.92, ..base }),
        Span::Link { to, .. } => Look { link: Some(to), ..look(base.coloured(ACCENT)) },
        Span::Mark(mark) => {
            let shades = mark.tone.shades();
            let style = Style { size: base.size * 0.9, ..base.strong().coloured(shades.ink) };
            Look { ground: Some(shades.ground), ..look(style) }
        }
    }
}

struct Breaker<'a> {
    faces: &'a Faces,
    width: f32,
    done: Vec<Line>,
    line: Line,
    /// The span of the run that words can still join.
    last: usize,
    /// Whether a space stands before the next word.
    space: bool,
}

impl Breaker<'_> {
    fn new_line(&mut self) {
        // The space at the line's end is kept in the text for those who listen to it or copy it.
        if let Some(run) = self.line.runs.last_mut() {
            run.text.push(' ');
        }
        self.done.push(std::mem::take(&mut self.line));
        self.last = usize::MAX;
        self.space = false;
    }

    fn words(&mut self, words: &str, look: Look<'_>) {
        let mut rest = words;
        while !rest.is_empty() {
            let trimmed = rest.trim_start_matches(' ');
            self.space |= trimmed.len() < rest.len();
            let (word, after) = trimmed.split_at(trimmed.find(' ').unwrap_or(trimmed.len()));
            if !word.is_empty() {
                self.word(word, look);
            }
            rest = after;
        }
    }

    fn word(&mut self, word: &str, look: Look<'_>) {
        let width = self.faces.width(word, look.style.face, look.style.size);
        let gap = if self.space { self.faces.width(" ", look.style.face, look.style.size) } else { 0.0 };
        let end = self.line.end();
        if end + gap + width <= self.width {
            self.put(word, width, look);
        } else if width <= self.width && end > 0.0 {
            self.new_line();
            self.put(word, width, look);
        } else {
            self.long_word(word, look, end + gap);
        }
    }

    fn long_word(&mut self, word: &str, look: Look<'_>, used: f32) {
        let fits = self.fitting(word, look.style, self.width - used);
        if used > 0.0 && fits < word.len().min(8) {
            self.new_line();
            let width = self.faces.width(word, look.style.face, look.style.size);
            if width <= self.width {
                self.put(word, width, look);
            } else {
                self.long_word(word, look, 0.0);
            }
            return;
        }
        let (head, tail) = word.split_at(fits);
        self.put(head, self.faces.width(head, look.style.face, look.style.size), look);
        if !tail.is_empty() {
            self.done.push(std::mem::take(&mut self.line));
            self.last = usize::MAX;
            self.space = false;
            self.word(tail, look);
        }
    }

    /// How many bytes of a word fit, at least one character: after punctuation if that is in the second half.
    fn fitting(&self, word: &str, style: Style, room: f32) -> usize {
        let mut used = 0.0;
        let (mut fits, mut after_mark) = (0, 0);
        for (at, c) in word.char_indices() {
            used += self.faces.width(c.encode_utf8(&mut [0; 4]), style.face, style.size);
            let end = at + c.len_utf8();
            if used > room && at > 0 {
                break;
            }
            fits = end;
            if "/-._:=,&;|".contains(c) {
                after_mark = end;
            }
        }
        if fits < word.len() && after_mark * 2 > fits { after_mark } else { fits }
    }

    fn put(&mut self, word: &str, width: f32, look: Look<'_>) {
        let faces = self.faces;
        let joins = self.last == look.span && look.ground.is_none();
        let space = std::mem::take(&mut self.space);
        self.last = look.span;
        let line = &mut self.line;
        let gap = if space && !line.runs.is_empty() {
            faces.width(" ", look.style.face, look.style.size)
        } else {
            0.0
        };
        if gap > 0.0
            && let Some(run) = line.runs.last_mut()
        {
            run.text.push(' ');
        }
        let x = line.end() + gap;
        match line.runs.last_mut() {
            Some(run) if joins => {
                run.text.push_str(word);
                run.width += gap + width;
            }
            Some(_) | None => line.runs.push(Run {
                text: word.to_owned(),
                style: look.style,
                x,
                width,
                ground: look.ground,
                link: look.link.cloned(),
            }),
        }
    }

    fn mark(&mut self, word: &str, look: Look<'_>) {
        let width = 2.0f32.mul_add(MARK_ROOM, self.faces.width(word, look.style.face, look.style.size));
        let gap = if self.space { self.faces.width(" ", look.style.face, look.style.size) } else { 0.0 };
        if self.line.end() > 0.0 && self.line.end() + gap + width > self.width {
            self.new_line();
        }
        self.put(word, width, look);
        self.last = usize::MAX;
    }
}

impl Run {
    /// Where the letters begin, from the run's left edge.
    pub(super) const fn inset(&self) -> f32 {
        if self.ground.is_some() { MARK_ROOM } else { 0.0 }
    }
}
