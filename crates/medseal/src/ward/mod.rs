//! `medseal ward`: all of it on one machine. Authorities, elements, monitors, gateway, dashboard, EHR; the parts are
//! those that run by themselves in a hospital, wired by the same configuration.

mod attack;
mod element;
mod folder;
mod monitor;
mod options;
mod patients;
mod prepare;
mod probe;
mod report;
mod run;
mod screen;
mod site;

pub(crate) use element::open as open_element;
pub(crate) use options::{Options, duration};

use crate::exit::{Outcome, Problem};
use crate::print;
use std::time::Instant;

/// Runs a ward and says how it went.
pub(crate) fn run(options: Options, started: Instant) -> Outcome {
    if !options.json {
        crate::service::log(crate::service::FAILURES);
    }
    let report = crate::service::runtime()?.block_on(run::run(&options, started))?;
    let Some(report) = report else { return Ok(()) };
    if options.json {
        print::json(&report);
    } else {
        screen::summary(&report);
    }
    if report.failures.is_empty() { Ok(()) } else { Err(Problem::No(report.failures.join("; "))) }
}
