//! Physical and virtual readers, through PC/SC. The C library behind it is asked for only with the feature `pcsc`; without,
//! everything here says how to get it.

#[cfg(not(feature = "pcsc"))]
mod absent;
#[cfg(feature = "pcsc")]
mod pcsc;
#[cfg(any(feature = "pcsc", test))]
mod t0;

#[cfg(not(feature = "pcsc"))]
pub(crate) use absent::open;
#[cfg(not(feature = "pcsc"))]
pub use absent::readers;
#[cfg(feature = "pcsc")]
pub(crate) use pcsc::open;
#[cfg(feature = "pcsc")]
pub use pcsc::readers;

/// A reader as PC/SC knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub name: String,
    /// The answer to reset of the card in it, if one is.
    pub atr: Option<Vec<u8>>,
}

/// Why no reader gives the card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderError {
    /// This build has no PC/SC.
    #[error(
        "this build knows no PC/SC; build it with `--features pcsc` (Debian: libpcsclite-dev and pkg-config to build, pcscd to run)"
    )]
    NotBuilt,
    /// PC/SC said no.
    #[error("PC/SC: {0}")]
    System(String),
    /// No reader's name contains this.
    #[error("no reader's name contains '{wanted}'; there are: {}", listed(.known))]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// The readers there are.
        known: Vec<String>,
    },
    /// Several readers could be meant.
    #[error("which reader? '{wanted}' fits {}", listed(.fitting))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// The readers whose name contains it.
        fitting: Vec<String>,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The one reader that is meant: the one with exactly this name, or the only one whose name contains it.
#[cfg(any(feature = "pcsc", test))]
fn chosen(wanted: &str, known: Vec<String>) -> Result<String, ReaderError> {
    let mut fitting: Vec<String> = known.iter().filter(|name| name.contains(wanted)).cloned().collect();
    if let Some(exact) = fitting.iter().find(|name| *name == wanted) {
        return Ok(exact.clone());
    }
    match (fitting.pop(), fitting.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            fitting.push(last);
            Err(ReaderError::Ambiguous { wanted: wanted.to_owned(), fitting })
        }
        (None, _) => Err(ReaderError::NotFound { wanted: wanted.to_owned(), known }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_chosen_only_when_it_is_clear_which() {
        let known =
            || vec!["Virtual PCD 00 00".to_owned(), "Virtual PCD 00 01".to_owned(), "Other".to_owned()];
        assert_eq!(chosen("01", known()).as_deref(), Ok("Virtual PCD 00 01"));
        assert_eq!(chosen("Other", known()).as_deref(), Ok("Other"));
        assert!(
            matches!(chosen("", known()), Err(ReaderError::Ambiguous { fitting, .. }) if fitting.len() == 3)
        );
        assert!(matches!(chosen("Virtual", known()), Err(ReaderError::Ambiguous { .. })));
        assert!(matches!(chosen("Gemalto", known()), Err(ReaderError::NotFound { .. })));
        assert_eq!(chosen("", vec!["Only".to_owned()]).as_deref(), Ok("Only"));
        assert_eq!(chosen("A", vec!["A".to_owned(), "AB".to_owned()]).as_deref(), Ok("A"));
        assert!(matches!(chosen("", Vec::new()), Err(ReaderError::NotFound { .. })));
    }
}
