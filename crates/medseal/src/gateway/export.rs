//! `medseal gateway export`: a device's sealed batches as they were received, in the file that `medseal verify` checks.
//! It reads the database as it is, beside a gateway that runs or without one, and changes nothing in it.

use super::configuration;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use gateway::store::{BatchQuery, Order, Reader, Rows, inspect};
use seal::DeviceId;
use seal::record::{Header, Writer};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// What to export.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal gateway export gateway.toml --device bed-01 bed-01.medseal-record"
)]
pub(crate) struct Options {
    /// The configuration (TOML); the gateway itself may be running
    config: PathBuf,
    /// The device
    #[arg(long)]
    device: DeviceId,
    /// The record to write
    out: PathBuf,
}

/// Batches read at a time.
const PAGE: usize = 256;

/// Writes the record beside its name and moves it there when it is whole.
pub(super) fn run(options: &Options) -> Outcome {
    let config = configuration(&options.config)?;
    let written = inspect(&config.data, |reader| Ok(write(reader, &options.device, &options.out)))
        .map_err(Problem::machine)?;
    let count = written?;
    print::note(&format!("{}: {count} sealed batches of {}", options.out.display(), options.device));
    Ok(())
}

fn write(reader: &Reader, device: &DeviceId, out: &Path) -> Outcome<u64> {
    let known = reader.device(device).map_err(Problem::machine)?;
    let known = known.ok_or_else(|| Problem::Input(format!("{device}: no such device is enrolled")))?;
    let enrolment = known.trust.enrolment().ok_or_else(|| {
        Problem::Input(format!(
            "{device}: nothing of it is sealed, so there is no record that could be checked"
        ))
    })?;
    let devices = vec![enrolment.seal_certificate.clone()];
    let header = Header { makers: reader.makers().map_err(Problem::machine)?, devices };
    let mut partial = out.as_os_str().to_owned();
    partial.push(".part");
    let file =
        File::create(&partial).map_err(|error| Problem::Machine(format!("{}: {error}", out.display())))?;
    let mut writer = Writer::begin(BufWriter::new(file), &header).map_err(Problem::machine)?;
    let (mut after, mut count) = (None, 0);
    loop {
        let query = BatchQuery {
            device: Some(device.clone()),
            rows: Rows::Sealed,
            after,
            order: Order::OldestFirst,
            limit: PAGE,
            ..BatchQuery::default()
        };
        let rows = reader.batches(&query).map_err(Problem::machine)?;
        for row in &rows {
            writer.add(&row.bytes).map_err(Problem::machine)?;
        }
        count += rows.len() as u64;
        after = rows.last().map(|row| row.id);
        if after.is_none() {
            break;
        }
    }
    writer.finish().map_err(Problem::machine)?;
    std::fs::rename(&partial, out)
        .map_err(|error| Problem::Machine(format!("{}: {error}", out.display())))?;
    Ok(count)
}
