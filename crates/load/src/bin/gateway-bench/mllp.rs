//! HL7 v2 over MLLP, each message on disk before its answer: 50 connections and one, each of which waits for every answer.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use load::message::Hl7Messages;
use load::{Endpoint, Lane, Messages, Site, Target};

use crate::figure::{Figure, Unit};
use crate::load_rows::closed;
use crate::process::{Process, folder, free};
use crate::{Error, floor, machine};

/// python-hl7's own server, which writes and syncs each message.
const PEER: &str = include_str!("mllp_peer.py");
/// Where `cargo xtask bench gateway` installs python-hl7.
const PYTHON: &str = "target/hl7-client/bin/python";

pub(crate) async fn measure(seconds: u64) -> Result<Vec<Figure>, Error> {
    let data = folder()?;
    let site = Site::prepare(&data.path().join("site"), 0, "").await?;
    let config = gateway::Config::read(&site.config())?;
    let ours = config.sources.mllp.first().map(|source| source.listen);
    let ours = ours.ok_or(Error::Program { program: "site".into(), said: "no MLLP source".into() })?;
    let mut figures = Vec::new();
    for (connections, target) in [(50, 10_000.0), (1, 3_000.0)] {
        let floor = {
            let (_running, address) = floor_at(data.path())?;
            rate(address, "floor", connections, seconds).await?
        };
        let rate_of_ours = {
            let _running = Process::gateway(&site)?;
            rate(ours, "ours", connections, seconds).await?
        };
        let syncs = machine::syncs(data.path())?;
        let what = format!("MLLP, stored durably before the answer, {}", counted(connections));
        let cause = "each connection waits for its own answer, so the price of a sync is shared by as many messages as there are connections; with one, by none";
        let mut figure = Figure::new(what, Unit::PerSecond, rate_of_ours)
            .target(target, cause)
            .peer("synced 4 KiB writes", syncs)
            .limit("frame, parse, grouped sync", floor);
        match peer_at(data.path()) {
            Ok((_running, address)) => {
                figure = figure.peer(
                    "python-hl7's server with a sync",
                    rate(address, "peer", connections, seconds).await?,
                );
            }
            Err(error) => eprintln!("no python-hl7 beside it: {error}"),
        }
        figures.push(figure);
    }
    Ok(figures)
}

fn counted(connections: usize) -> String {
    if connections == 1 { "1 connection".into() } else { format!("{connections} connections") }
}

/// Messages a second.
async fn rate(address: SocketAddr, name: &str, connections: usize, seconds: u64) -> Result<f64, Error> {
    let target = Target::local(address)?;
    let lane = |number| {
        let messages = Hl7Messages::bedside(format!("{name}-{connections}-{number}"))?;
        Ok(Lane { endpoint: Endpoint::mllp(target.clone()), messages: Messages::Hl7(messages) })
    };
    let lanes = (0..connections).map(lane).collect::<Result<_, Error>>()?;
    Ok(closed(lanes, 1, seconds).await?.report.stored_per_second)
}

fn floor_at(data: &Path) -> Result<(Process, SocketAddr), Error> {
    let address = free()?;
    let own = std::env::current_exe().map_err(Error::io("this program"))?;
    let mut command = Command::new(own);
    command.args([floor::INSIDE, &address.port().to_string()]).arg(data);
    Ok((Process::listening(&mut command, address)?, address))
}

fn peer_at(data: &Path) -> Result<(Process, SocketAddr), Error> {
    let (address, script) = (free()?, data.join("mllp_peer.py"));
    std::fs::write(&script, PEER).map_err(Error::io("mllp_peer.py"))?;
    let mut command = Command::new(PYTHON);
    command.arg(script).arg(address.port().to_string()).arg(data.join("peer"));
    Ok((Process::listening(&mut command, address)?, address))
}
