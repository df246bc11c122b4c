//! CSV and JSON of any device, read as a text file says.
//!
//! ```toml
//! format = "csv"                     # csv, json (one document a file) or json-lines
//! delimiter = ";"                    # CSV only; a comma when nothing is said
//! header = true                      # CSV only: the first line names the columns; otherwise columns are numbers from 1
//! decimal-comma = true               # 36,6 is a number
//! missing = ["", "NA", "---"]        # what stands for no value
//! items = "/results"                 # JSON only: where the array of measurements is; without it each document is one
//! ignore = ["Comment"]               # columns that are known and not wanted; others that nothing maps are kept and listed
//!
//! [device]
//! from = "Serial"                    # a column, or a JSON pointer into the item or, with a leading "#", into the document
//!                                    # or  fixed = "analyser-3"
//! [time]
//! from = ["Date", "Time"]            # joined with a space
//! format = "%d.%m.%Y %H:%M:%S"       # strftime; or "rfc3339", "unix", "unix-ms"
//! zone = "Europe/Zurich"             # for formats without an offset; without it the source's
//!
//! [[value]]
//! from = "HR"                        # column or pointer
//! code = "MDC_ECG_HEART_RATE"        # or its number
//! unit = "/min"                      # UCUM; a value without one is a text
//! factor = "0.1"                     # the number is multiplied by it, exactly
//! when = { column = "Parameter", is = "HR" }     # only in rows that say so
//! ```
//!
//! A record's context is this text; its original a CSV line behind the header line, or a JSON document, as they came. The same line of the same
//! device is the same record, so a file that is delivered twice is stored once. A line that has no time is timed by when it came.

mod csv;
mod document;
mod json;
mod mapping;
mod rows;
mod session;
mod time;

use clinical::hl7::Zone;

use crate::{Adapter, Decoded, Problem, Record, Refusal, Session, Settings, SetupError, limits};
pub use mapping::Mapping;

/// The adapter.
#[derive(Debug)]
pub struct Mapped;

const NAME: &str = "mapped";

impl Adapter for Mapped {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "CSV and JSON, read as a TOML text says"
    }

    fn capture(&self) -> &'static str {
        "the file as the device wrote it"
    }

    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError> {
        let text = settings.config.ok_or(SetupError::NoConfig)?;
        let mapping = Mapping::parse(text)?;
        Ok(Box::new(session::File::new(mapping, text, settings.device)))
    }

    fn read(&self, record: &Record, zone: &Zone) -> Result<Decoded, Refusal> {
        let wrong = |problem: String| Refusal::at(0, Problem::Syntax(problem));
        let text = std::str::from_utf8(&record.context)
            .map_err(|_| Refusal::at(0, Problem::Encoding("the mapping")))?;
        let mapping = Mapping::parse(text).map_err(|error| wrong(error.to_string()))?;
        if record.original.len() > limits::DOCUMENT {
            return Err(Refusal::at(
                0,
                Problem::Limit { what: "bytes of a document", most: limits::DOCUMENT },
            ));
        }
        rows::read(&mapping, record, zone)
    }
}
