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

/// The one reader that is meant: the one with exactly this name, or the only one whose name contains it, or the only one
/// of those that holds a card.
#[cfg(any(feature = "pcsc", test))]
fn chosen(wanted: &str, known: &[Reader]) -> Result<String, ReaderError> {
    let names = |readers: &[&Reader]| readers.iter().map(|reader| reader.name.clone()).collect();
    let fitting: Vec<&Reader> = known.iter().filter(|reader| reader.name.contains(wanted)).collect();
    let exact = fitting.iter().filter(|reader| reader.name == wanted);
    let full = fitting.iter().filter(|reader| reader.atr.is_some());
    let choices: [Vec<&Reader>; 3] = [exact.copied().collect(), fitting.clone(), full.copied().collect()];
    if let Some([only]) = choices.iter().map(Vec::as_slice).find(|choice| choice.len() == 1) {
        return Ok(only.name.clone());
    }
    let wanted = wanted.to_owned();
    Err(if fitting.is_empty() {
        ReaderError::NotFound { wanted, known: names(&known.iter().collect::<Vec<_>>()) }
    } else {
        ReaderError::Ambiguous { wanted, fitting: names(&fitting) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(names: &[(&str, bool)]) -> Vec<Reader> {
        let reader = |&(name, full): &(&str, bool)| Reader {
            name: name.to_owned(),
            atr: full.then(|| vec![0x3B, 0x00]),
        };
        names.iter().map(reader).collect()
    }

    #[test]
    fn a_reader_is_chosen_only_when_it_is_clear_which() {
        let empty = readers(&[("Virtual PCD 00 00", false), ("Virtual PCD 00 01", false), ("Other", false)]);
        assert_eq!(chosen("01", &empty).as_deref(), Ok("Virtual PCD 00 01"));
        assert_eq!(chosen("Other", &empty).as_deref(), Ok("Other"));
        assert!(
            matches!(chosen("", &empty), Err(ReaderError::Ambiguous { fitting, .. }) if fitting.len() == 3)
        );
        assert!(matches!(chosen("Virtual", &empty), Err(ReaderError::Ambiguous { .. })));
        assert!(matches!(chosen("Gemalto", &empty), Err(ReaderError::NotFound { .. })));
        assert_eq!(chosen("", &readers(&[("Only", false)])).as_deref(), Ok("Only"));
        assert_eq!(chosen("A", &readers(&[("A", false), ("AB", true)])).as_deref(), Ok("A"));
        let one_full = readers(&[("Virtual PCD 00 00", true), ("Virtual PCD 00 01", false), ("Other", true)]);
        assert_eq!(chosen("Virtual", &one_full).as_deref(), Ok("Virtual PCD 00 00"));
        assert!(matches!(chosen("", &one_full), Err(ReaderError::Ambiguous { .. })));
        assert!(matches!(chosen("", &[]), Err(ReaderError::NotFound { .. })));
    }
}
