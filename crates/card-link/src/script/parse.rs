//! From text to steps.

use std::collections::BTreeSet;

use card_image::Aid;

use super::pattern::{Pattern, PatternError};
use crate::limits::COMMAND_MAX;

/// A script whose every line is understood and whose names are all given before they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub(super) lines: Vec<Line>,
}

/// One line that does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) step: Step,
    pub(super) expected: Option<Pattern>,
}

/// What it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Command(Vec<Piece>),
    Reset,
    Select(Vec<Piece>),
    Secure,
    Plain,
    Set(String, Vec<Piece>),
    Keep(String),
}

/// A part of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    Named(String),
}

/// Where a script is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}: {problem}")]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Neither a step nor hexadecimal digits.
    #[error("'{0}' is neither a step nor hexadecimal digits")]
    Hex(String),
    /// A command needs four bytes.
    #[error("a command has at least 4 bytes")]
    Short,
    /// Longer than any command.
    #[error("{0} bytes are longer than any command")]
    Long(usize),
    /// A name is letters, digits and underscores, a letter first.
    #[error("'{0}' is no name")]
    Name(String),
    /// The name was not given before.
    #[error("${0} is not set before")]
    Unset(String),
    /// No AID.
    #[error("'{0}' is no AID")]
    Aid(String),
    /// Words too many or too few.
    #[error("'{0}' is written: {1}")]
    Form(&'static str, &'static str),
    /// A step that has no answer.
    #[error("'{0}' has no answer to expect")]
    NoAnswer(&'static str),
    /// A wrong pattern.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

impl Script {
    /// Parses a script.
    ///
    /// # Errors
    /// [`ScriptError`] for the first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut known = BTreeSet::new();
        let mut lines = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let number = index + 1;
            let parsed = parse(line, &known).map_err(|problem| ScriptError { line: number, problem })?;
            let (step, expected) = parsed;
            if let Step::Set(name, _) | Step::Keep(name) = &step {
                known.insert(name.clone());
            }
            lines.push(Line { number, step, expected });
        }
        Ok(Self { lines })
    }

    /// Whether any step needs the card's keys.
    #[must_use]
    pub fn needs_keys(&self) -> bool {
        self.lines.iter().any(|line| line.step == Step::Secure)
    }
}

fn parse(line: &str, known: &BTreeSet<String>) -> Result<(Step, Option<Pattern>), Problem> {
    let (words, expected) = match line.split_once("=>") {
        Some((words, pattern)) => (words.trim(), Some(Pattern::parse(pattern)?)),
        None => (line, None),
    };
    let (verb, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let rest = rest.trim();
    let alone = |verb, step| if rest.is_empty() { Ok(step) } else { Err(Problem::Form(verb, verb)) };
    let step = match verb {
        "reset" => alone("reset", Step::Reset)?,
        "secure" => silent("secure", expected.as_ref(), alone("secure", Step::Secure)?)?,
        "plain" => silent("plain", expected.as_ref(), alone("plain", Step::Plain)?)?,
        "keep" => silent("keep", expected.as_ref(), Step::Keep(name(rest)?))?,
        "set" => {
            let form = Problem::Form("set", "set NAME HEX");
            let (word, bytes) = rest.split_once(char::is_whitespace).ok_or(form)?;
            silent("set", expected.as_ref(), Step::Set(name(word)?, pieces(bytes, known)?))?
        }
        "select" => Step::Select(aid(rest, known)?),
        _ => Step::Command(command(words, known)?),
    };
    Ok((step, expected))
}

fn silent(verb: &'static str, expected: Option<&Pattern>, step: Step) -> Result<Step, Problem> {
    if expected.is_some() { Err(Problem::NoAnswer(verb)) } else { Ok(step) }
}

fn name(word: &str) -> Result<String, Problem> {
    let mut characters = word.chars();
    let first = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    if first && characters.all(|rest| rest.is_ascii_alphanumeric() || rest == '_') {
        Ok(word.to_owned())
    } else {
        Err(Problem::Name(word.to_owned()))
    }
}

fn aid(text: &str, known: &BTreeSet<String>) -> Result<Vec<Piece>, Problem> {
    let pieces = pieces(text, known)?;
    if let [Piece::Bytes(bytes)] = pieces.as_slice() {
        // A partial name selects, too; more than an AID's sixteen bytes never do.
        Aid::new(bytes).map_err(|_| Problem::Aid(text.to_owned()))?;
    }
    if pieces.is_empty() { Err(Problem::Form("select", "select AID")) } else { Ok(pieces) }
}

fn command(text: &str, known: &BTreeSet<String>) -> Result<Vec<Piece>, Problem> {
    let pieces = pieces(text, known)?;
    match pieces.as_slice() {
        [Piece::Bytes(bytes)] if bytes.len() < 4 => Err(Problem::Short),
        [Piece::Bytes(bytes)] if bytes.len() > COMMAND_MAX => Err(Problem::Long(bytes.len())),
        _ => Ok(pieces),
    }
}

/// Hexadecimal digits and names. Blanks and colons may stand anywhere but within a name.
fn pieces(text: &str, known: &BTreeSet<String>) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut digits = String::new();
    for word in text.split(|character: char| character.is_whitespace() || character == ':') {
        let mut parts = word.split('$');
        digits.push_str(parts.next().unwrap_or_default());
        for part in parts {
            take_bytes(&mut digits, &mut pieces)?;
            let named = name(part)?;
            if !known.contains(&named) {
                return Err(Problem::Unset(named));
            }
            pieces.push(Piece::Named(named));
        }
    }
    take_bytes(&mut digits, &mut pieces)?;
    Ok(pieces)
}

fn take_bytes(digits: &mut String, pieces: &mut Vec<Piece>) -> Result<(), Problem> {
    let digits = std::mem::take(digits);
    if digits.is_empty() {
        return Ok(());
    }
    pieces.push(Piece::Bytes(hex::decode(&digits).map_err(|_| Problem::Hex(digits.clone()))?));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_understood() {
        let script = Script::parse(
            "# all there is\n\nreset => 3B ..\nselect A0 00 00 01 51 # the issuer\n80:CA:9F:7F:00=>..9000\nkeep cplc\n\
             set pin 3132\nset both $pin$cplc 00\n0020008002$pin => 9000\nsecure\nplain\n",
        )
        .unwrap();
        let numbers: Vec<usize> = script.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
        let bytes = |hex: &str| Piece::Bytes(hex::decode(hex).unwrap());
        assert_eq!(script.lines[1].step, Step::Select(vec![bytes("A000000151")]));
        assert_eq!(script.lines[2].step, Step::Command(vec![bytes("80CA9F7F00")]));
        let both = vec![Piece::Named("pin".into()), Piece::Named("cplc".into()), bytes("00")];
        assert_eq!(script.lines[5].step, Step::Set("both".into(), both));
        assert_eq!(
            script.lines[6].step,
            Step::Command(vec![bytes("0020008002"), Piece::Named("pin".into())])
        );
        assert!(script.needs_keys());
        assert_eq!(Script::parse("").map(|script| script.lines.len()), Ok(0));
    }

    #[test]
    fn a_wrong_line_is_named_with_what_is_wrong() {
        for (text, line, problem) in [
            ("\nnonsense", 2, Problem::Hex("nonsense".into())),
            ("00A404", 1, Problem::Short),
            ("00A40", 1, Problem::Hex("00A40".into())),
            ("00A40400 $aid", 1, Problem::Unset("aid".into())),
            ("set 1x 00", 1, Problem::Name("1x".into())),
            ("set pin", 1, Problem::Form("set", "set NAME HEX")),
            ("set pin 00 => 9000", 1, Problem::NoAnswer("set")),
            ("reset now", 1, Problem::Form("reset", "reset")),
            ("secure => 9000", 1, Problem::NoAnswer("secure")),
            ("select", 1, Problem::Form("select", "select AID")),
            ("select 0102", 1, Problem::Aid("0102".into())),
            ("keep", 1, Problem::Name(String::new())),
            ("00A40400 =>", 1, Problem::Pattern(PatternError::Empty)),
            ("00A40400 => 9", 1, Problem::Pattern(PatternError::Half)),
        ] {
            assert_eq!(Script::parse(text), Err(ScriptError { line, problem }), "{text}");
        }
    }

    #[test]
    fn no_text_makes_the_parser_fail_otherwise() {
        let words =
            ["set ", "keep ", "select ", "$a", "a", "=>", "..", "?", "0", "9", "\n", " ", "#", ":", "é"];
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[usize::try_from(seed >> 33).unwrap() % words.len()]);
            }
            if let Err(error) = Script::parse(&text) {
                assert!(error.line >= 1 && error.line <= text.lines().count());
            }
        }
    }
}
