//! What tools can find out: from the documents themselves, and by asking a live product.
//!
//! `documents` decides the 26 units that only look something up in the declaration. The other procedures ask a
//! product over the network, with programs that a laboratory has (`program`), and leave a record that another can
//! repeat: tool, version, command, output. What they find counts for units that check ([`ToolOutcome`]); for units that a
//! person must assess they leave evidence and say so ([`Procedure::prepares`]).
//!
//! A program that is missing is named with the line that installs it, and the units stay inconclusive.
//!
//! [`ToolOutcome`]: crate::verdict::ToolOutcome
//! [`Procedure::prepares`]: procedure::Procedure::prepares

pub mod documents;
pub mod procedure;
pub mod program;
