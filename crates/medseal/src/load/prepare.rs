//! `medseal load prepare`: a folder with all that load needs.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use load::Site;
use std::path::PathBuf;

/// Which folder, how many devices.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// A new folder, one that was made so before, or one of `medseal ward --prepare`; no gateway may be running on it
    folder: PathBuf,
    /// Devices in all; those that are missing are made and enrolled
    #[arg(long, value_name = "N", default_value_t = 50)]
    devices: usize,
}

const EXAMPLES: &str = "\
Examples:
  medseal load prepare site --devices 2000

The devices' keys lie in FOLDER/load/fleet.json, which is what a load generator wants and a device must never have:
prepare no site that real patients depend on.";

/// Prepares it.
pub(super) fn run(options: &Options) -> Outcome {
    let preparing = Site::prepare(&options.folder, options.devices, "");
    let site = crate::service::runtime()?.block_on(preparing).map_err(Problem::machine)?;
    let config = gateway::Config::read(&site.config()).map_err(|error| Problem::Input(error.to_string()))?;
    let folder = options.folder.display();
    print::heading("The site is prepared. Start its gateway in another terminal, then load it:");
    print::result(&format!("medseal gateway run {}", site.config().display()));
    let (mqtt, connections) = (config.mqtt.listen, options.devices.clamp(1, 50));
    print::result(&format!("medseal load mqtt {mqtt} --site {folder} --connections {connections}"));
    for source in &config.sources.https {
        print::result(&format!("medseal load https {} --site {folder}", source.listen));
    }
    for source in &config.sources.grpc {
        print::result(&format!("medseal load grpc {} --site {folder}", source.listen));
    }
    for source in config.sources.mllp.iter().filter(|source| source.plain) {
        print::result(&format!("medseal load mllp {}", source.listen));
    }
    Ok(())
}
