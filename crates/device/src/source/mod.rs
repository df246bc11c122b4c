//! Where readings come from. A source is asked for one span of time after the other and answers with what was
//! measured in it; it keeps no clock of its own, so the same source gives the same readings in tests.

mod monitor;
mod recording;
mod vitals;

use seal::{Micros, Reading};
use serde::Deserialize;

pub use monitor::BedsideMonitor;
pub use recording::{Recording, RecordingError};
pub use vitals::Course;

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its beginning, which becomes the batch's time.
    pub start: Micros,
    /// Its length in microseconds.
    pub length_us: i64,
}

/// Something that measures.
pub trait Source: Send {
    /// What was measured in `span`. Spans follow each other; times of readings are relative to its start.
    fn readings(&mut self, span: Span) -> Vec<Reading>;
}

/// Which source a device has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SourceConfig {
    /// A bedside monitor that replays recorded signals.
    BedsideMonitor {
        /// Where in the recordings it starts and what its patient's baseline is; beds differ by it.
        bed: u32,
        /// What happens to its patient.
        #[serde(default)]
        course: Course,
    },
}

impl SourceConfig {
    /// The source.
    ///
    /// # Errors
    /// [`RecordingError`] when the recordings built in cannot be read.
    pub fn open(&self) -> Result<Box<dyn Source>, RecordingError> {
        match *self {
            Self::BedsideMonitor { bed, course } => Ok(Box::new(BedsideMonitor::new(bed, course)?)),
        }
    }
}
