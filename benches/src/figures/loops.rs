//! What is bytecode alone, beside the same methods on a JVM; and commands that do nothing.

use super::figure::{Figure, Unit};
use super::jvm::{self, Jvm, Mode};
use super::{Error, TIME};
use card_bench::{BASE, Kind, Row, measure as measure_work, provisioned, result, select};
use card_link::InProcess;

/// The loops with the name they have on the JVM, the rounds of one row, and the target for those in milliseconds.
const LOOPS: [(Kind, &str, u32, Option<f64>); 5] = [
    (Kind::ShortLoop, "short-loop", 1_000_000, Some(40.0)),
    (Kind::IntLoop, "int-loop", 1_000_000, None),
    (Kind::BubbleSort, "bubble-sort", 1, Some(0.6)),
    (Kind::VirtualCalls, "virtual-calls", 1_000_000, Some(40.0)),
    (Kind::InterfaceCalls, "interface-calls", 1_000_000, None),
];

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    let (mut card, _keys) = provisioned(&BASE)?;
    select(&mut card, &BASE)?;
    let jvm = Jvm::compile();
    let peers = jvm.as_ref().ok().map(|jvm| (jvm.run(Mode::Interpreted), jvm.run(Mode::Compiled)));
    let wanted = [Kind::EmptyApdu, Kind::ArrayCopies].into_iter().chain(LOOPS.map(|(kind, ..)| kind));
    let rows = measure_work(&mut card, &wanted.collect::<Vec<_>>(), TIME)?;
    let mut figures = Vec::new();
    for row in rows {
        figures.push(match LOOPS.iter().find(|(kind, ..)| *kind == row.kind) {
            Some(known) => of_loop(&mut card, &row, known, peers.as_ref())?,
            None => of_rate(&row),
        });
    }
    Ok(figures)
}

fn of_rate(row: &Row) -> Figure {
    let figure = Figure::new(format!("{}, in process", row.what), Unit::PerSecond, row.per_second);
    if row.kind != Kind::EmptyApdu {
        return figure;
    }
    figure.target(3e6, "the way of a command: parsing, dispatch, the applet's process method, the journal")
}

type Answers = (Result<Vec<jvm::Line>, Error>, Result<Vec<jvm::Line>, Error>);

fn of_loop(
    card: &mut InProcess,
    row: &Row,
    known: &(Kind, &str, u32, Option<f64>),
    peers: Option<&Answers>,
) -> Result<Figure, Error> {
    let (kind, name, rounds, target) = *known;
    let what =
        if rounds == 1 { "bubble sort of 128 bytes".to_owned() } else { format!("1,000,000 {}", row.what) };
    let mut figure = Figure::new(what, Unit::Milliseconds, row.seconds_for(rounds) * 1e3);
    if let Some(target) = target {
        figure =
            figure.target(target, "each instruction is dispatched and checked, and no machine code is made");
    }
    let Some((interpreted, compiled)) = peers else { return Ok(figure) };
    for (who, lines) in [("HotSpot -Xint", interpreted), ("HotSpot JIT", compiled)] {
        let Some(line) = lines.iter().flatten().find(|line| line.name == name) else { continue };
        let milliseconds = line.seconds_for(rounds) * 1e3;
        figure = figure.peer(who, milliseconds);
        if who == "HotSpot JIT" {
            figure = figure.limit("machine code, HotSpot's", milliseconds);
        }
        same_result(card, kind, line)?;
    }
    Ok(figure)
}

/// Both machines do the same work only if it ends the same.
fn same_result(card: &mut InProcess, kind: Kind, line: &jvm::Line) -> Result<(), Error> {
    let ours = result(card, kind, line.count)?;
    if ours == Some(line.result) {
        return Ok(());
    }
    let said = format!("{} ends with {}, the card with {ours:?}", line.name, line.result);
    Err(Error::Program { program: "java".into(), said })
}
