//! Scripts of commands: a text file, one step a line, with what is expected.
//!
//! ```text
//! # a comment; blank lines are let pass
//! reset => 3B 8F ..               reset the card; the answer to reset may be expected
//! select A000000151000000 => .. 9000
//! 80CA9F7F00 => 9F7F 2A ?? .. 9000   any other line is a command APDU in hexadecimal, blanks and colons let pass
//! keep cplc                       the data of the last answer, without the status word, under a name
//! set pin 313233343536            bytes under a name
//! 00200080 06 $pin => 9000        $name stands for them
//! secure                          open a secure channel to the issuer's domain: commands go through it until ...
//! plain                           ... this, a reset, a select or the next secure
//! ```
//!
//! Behind `=>` stands what the whole answer should be, status word last: hexadecimal digits, `?` for any digit, `..` for any
//! number of bytes. A line without it is content with any answer.

mod parse;
mod pattern;
mod run;

pub use parse::{Problem, Script, ScriptError};
pub use pattern::{Pattern, PatternError};
pub use run::{Answered, RunError, run};
