//! The loops on a JVM: the benchmark applet's own source with a main method beside it.

use super::{Error, output};
use std::path::Path;
use std::process::Command;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// How the JVM runs bytecode.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// `-Xint`.
    Interpreted,
    /// With its compilers.
    Compiled,
}

/// The classes in a folder of their own.
pub(super) struct Jvm {
    classes: tempfile::TempDir,
}

/// One line of what `benches/jvm/Main.java` prints.
pub(super) struct Line {
    pub(super) name: String,
    /// Thousands of rounds, or sorts.
    pub(super) count: u16,
    seconds: f64,
    pub(super) result: u16,
}

impl Line {
    /// Seconds for so many rounds; a sort is one round.
    pub(super) fn seconds_for(&self, rounds: u32) -> f64 {
        let made = f64::from(self.count) * if rounds == 1 { 1.0 } else { 1e3 };
        self.seconds / made * f64::from(rounds)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        Some(Self {
            name: words.next()?.to_owned(),
            count: words.next()?.parse().ok()?,
            seconds: words.next()?.parse().ok()?,
            result: words.next()?.parse().ok()?,
        })
    }
}

impl Jvm {
    pub(super) fn compile() -> Result<Self, Error> {
        let classes = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
        let source = |path: &str| Path::new(FOLDER).join(path);
        let mut javac = Command::new("javac");
        javac.arg("-d").arg(classes.path());
        output(javac.arg(source("applet/src/org/medseal/bench/Loops.java")).arg(source("jvm/Main.java")))?;
        Ok(Self { classes })
    }

    pub(super) fn run(&self, mode: Mode) -> Result<Vec<Line>, Error> {
        let mut java = Command::new("java");
        let tries = match mode {
            Mode::Interpreted => {
                java.arg("-Xint");
                "5"
            }
            Mode::Compiled => "50",
        };
        let said = output(java.arg("-cp").arg(self.classes.path()).args(["org.medseal.bench.Main", tries]))?;
        said.lines()
            .map(|line| {
                Line::parse(line).ok_or_else(|| Error::Program { program: "java".into(), said: line.into() })
            })
            .collect()
    }
}
