//! `medseal ward --prepare`: everything made, nothing started.

use super::folder::Folder;
use super::monitor::Monitor;
use super::run::admit;
use super::site::Site;
use crate::exit::{Outcome, Problem};
use crate::print;
use gateway::{Config, Services};
use tokio_util::sync::CancellationToken;

/// Enrols the monitors in the gateway's store and says how to start each part.
pub(super) async fn finish(folder: &Folder, site: &Site, monitors: &[Monitor]) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| Problem::Machine(error.to_string());
    let config = Config::read(&site.config).map_err(|error| failed(&error))?;
    let services = Services::open(config, CancellationToken::new()).map_err(|error| failed(&error))?;
    services.add_makers().await.map_err(|error| failed(&error))?;
    admit(&services, monitors).await?;
    services.store.close().await;
    let root = folder.root().display();
    print::heading("The ward is prepared. Start its parts, each in a terminal of its own:");
    print::result(&format!(
        "medseal hl7 listen --listen {} --tls-certificate {root}/site/ehr.pem --tls-key {root}/site/ehr.key --output {root}/ehr.jsonl",
        site.addresses.ehr
    ));
    print::result(&format!("medseal gateway run {root}/gateway.toml"));
    for monitor in monitors {
        print::result(&format!("medseal device run {}", monitor.config().display()));
    }
    Ok(())
}
