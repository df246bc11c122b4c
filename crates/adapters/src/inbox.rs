//! Bytes of a session that wait for the rest of their frame.

use crate::{Event, Problem, Span};

/// Bytes that came and are not yet in an event.
#[derive(Debug, Default)]
pub struct Inbox {
    waiting: Vec<u8>,
    /// Offset of the first of them in the session.
    at: u64,
    /// Bytes that came after nothing could be understood any more: counted, not kept.
    lost: Option<u64>,
}

impl Inbox {
    /// Adds what came.
    pub fn push(&mut self, bytes: &[u8]) {
        match &mut self.lost {
            Some(count) => *count += bytes.len() as u64,
            None => self.waiting.extend_from_slice(bytes),
        }
    }

    /// From now on nothing can be understood: what waits and what comes is only counted.
    pub fn lose(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.lost = Some(self.lost.unwrap_or_default() + waiting.len() as u64);
    }

    /// Whether nothing can be understood any more.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// What waits.
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        &self.waiting
    }

    /// Takes the first `count` bytes, or all when there are fewer.
    pub fn take(&mut self, count: usize) -> (Span, Vec<u8>) {
        let count = count.min(self.waiting.len());
        let rest = self.waiting.split_off(count);
        let taken = std::mem::replace(&mut self.waiting, rest);
        let span = Span { at: self.at, length: count as u64 };
        self.at = span.end();
        (span, taken)
    }

    /// Takes the first `count` bytes as something that has no readings.
    pub fn keep(&mut self, count: usize, what: impl Into<String>, why: &'static str) -> Event {
        let (span, _) = self.take(count);
        Event::Kept { span, what: what.into(), why }
    }

    /// Takes the first `count` bytes as something that is wrong.
    pub fn report(&mut self, count: usize, what: impl Into<String>, problem: Problem) -> Event {
        let (span, bytes) = self.take(count);
        Event::Reported { span, what: what.into(), problem, bytes }
    }

    /// At the end: what waits is the beginning of something whose rest never came, and what was only counted is reported as one stretch.
    pub fn abandon(&mut self, what: &str, missing: usize) -> Option<Event> {
        let at = self.at;
        if let Some(length) = self.lost.take().filter(|length| *length > 0) {
            let (what, span) = ("bytes behind the fault".to_owned(), Span { at, length });
            return Some(Event::Reported { span, what, problem: Problem::Stray, bytes: Vec::new() });
        }
        let count = self.waiting.len();
        (count > 0).then(|| self.report(count, what, Problem::Truncated(missing)))
    }
}
