//! The sweep as a table for people: one line a constant, by class.

use super::applet::About;
use super::row::{Operation, Row};
use crate::print;

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

pub(crate) fn show(card: &About, rows: &[Row]) {
    let [persistent, reset, deselect] = card.memory;
    print::result(&format!(
        "API {} by the card's own word; applet for {}; free memory {persistent}, {reset}, {deselect} bytes",
        card.version, card.applet
    ));
    let mut class = "";
    for row in rows {
        if row.constant.class != class {
            class = row.constant.class;
            print::result(&format!("\n{BOLD}{}{PLAIN}", class.replace('/', ".")));
        }
        print::result(&line(row));
    }
    let supported = rows.iter().filter(|row| row.is_supported()).count();
    print::result(&format!("\n{supported} of {} constants are supported", rows.len()));
}

fn line(row: &Row) -> String {
    let colour = if row.is_supported() { GREEN } else { RED };
    let mut line =
        format!("  {:42} {:>6}  {colour}{:18}{PLAIN}", row.constant.name, row.constant.value, row.state);
    if !row.bits.is_empty() {
        let bits: Vec<String> = row.bits.iter().map(ToString::to_string).collect();
        line += &format!("  {} bits", bits.join(" "));
    }
    match row.with.as_slice() {
        [] => {}
        few if few.len() <= 4 => line += &format!("  {}", few.join(", ")),
        many => line += &format!("  {} combinations", many.len()),
    }
    row.operations.iter().for_each(|operation| line += &format!("  {}", shown(operation)));
    line.trim_end().to_owned()
}

fn shown(operation: &Operation) -> String {
    let mut what = operation.what.to_owned();
    if operation.bytes > 0 {
        what += &format!(" {} bytes", operation.bytes);
    }
    if let Some(key) = &operation.key {
        what += &format!(", {key}");
    }
    match (operation.microseconds, &operation.problem) {
        (Some(time), _) if time >= 10_000.0 => format!("[{what}: {:.1} ms]", time / 1000.0),
        (Some(time), _) => format!("[{what}: {time} us]"),
        (None, problem) => {
            format!("[{what}: {YELLOW}{}{PLAIN}]", problem.as_deref().unwrap_or("not measured"))
        }
    }
}
