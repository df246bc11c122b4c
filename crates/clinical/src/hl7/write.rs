//! Writing a message. All text is escaped; structure is made only by this writer, so no value can break out of its field.

use super::{Separators, escape_into};

/// A message being written, with the standard separators and CR after each segment.
#[derive(Debug, Clone, Default)]
pub struct MessageWriter {
    out: String,
}

impl MessageWriter {
    /// Nothing yet. The first segment must be `MSH`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a segment, whose fields `fill` writes in ascending order.
    pub fn segment(&mut self, name: &'static str, fill: impl FnOnce(&mut SegmentWriter<'_>)) {
        self.out.push_str(name);
        let mut number = 0;
        if name == "MSH" {
            self.out.push_str(r"|^~\&");
            number = 2;
        }
        fill(&mut SegmentWriter { out: &mut self.out, number });
        self.out.push('\r');
    }

    /// The message.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }
}

/// A segment being written.
#[derive(Debug)]
pub struct SegmentWriter<'w> {
    out: &'w mut String,
    /// The field last written.
    number: usize,
}

impl SegmentWriter<'_> {
    /// A field with one value.
    pub fn field(&mut self, number: usize, value: &str) {
        self.components(number, &[value]);
    }

    /// A field with components; empty ones at the end are left out. An empty field is not written at all.
    pub fn components(&mut self, number: usize, values: &[&str]) {
        let Some(last) = values.iter().rposition(|value| !value.is_empty()) else { return };
        self.go_to(number);
        for (index, value) in values.iter().take(last + 1).enumerate() {
            if index > 0 {
                self.out.push(char::from(Separators::STANDARD.component));
            }
            escape_into(value, self.out);
        }
    }

    /// A field whose structure is in `raw` already, made by this product.
    pub fn structured(&mut self, number: usize, raw: &str) {
        if !raw.is_empty() {
            self.go_to(number);
            self.out.push_str(raw);
        }
    }

    fn go_to(&mut self, number: usize) {
        debug_assert!(number > self.number, "field {number} after field {}", self.number);
        for _ in self.number..number {
            self.out.push(char::from(Separators::STANDARD.field));
        }
        self.number = number.max(self.number);
    }
}
