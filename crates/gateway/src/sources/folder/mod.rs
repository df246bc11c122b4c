//! A folder into which a device's program puts files: each is taken once.
//!
//! Whoever may write into the folder may deliver: its permissions are the proof. Names that begin with a dot or end in `.part` or `.tmp` are not looked at,
//! so a writer that renames when it has finished is never read half; a file of one that does not is taken when it has stayed as it is for
//! `settle_seconds`.
//!
//! ```text
//! FOLDER/name ─► FOLDER/taking/name ─┬─► FOLDER/done/name         everything in it was taken
//!                                    └─► FOLDER/refused/name      something was not, and
//!                                        FOLDER/refused/name.txt  says what, where, and what to do
//! ```
//!
//! A file leaves `taking` after everything in it is on disk. After a crash it is read again, and what was stored is known by its bytes. What is good in a
//! refused file is stored all the same: each line is a record of its own.

mod take;
mod watch;

use super::device::{DeviceSourceError, Said, Speaker};
use crate::config;
use crate::roster::{Guard, Kind};
use crate::start::Services;

/// Watches the folder until the services shut down.
///
/// # Errors
/// When the adapter cannot be set up, or the folder not be made.
pub(super) fn start(config: &config::Folder, services: &Services) -> Result<(), DeviceSourceError> {
    let said = Said {
        name: &config.name,
        adapter: &config.adapter,
        config: config.mapping.as_deref(),
        device: config.device.as_deref(),
        zone: &config.zone,
    };
    let path = config.path.to_string_lossy();
    let post = services.roster.broker(Kind::Folder, config.name.as_str(), &path, Guard::Permissions);
    let speaker = Speaker::of(&said, services, &post)?;
    for folder in [watch::TAKING, watch::DONE, watch::REFUSED] {
        let path = config.path.join(folder);
        std::fs::create_dir_all(&path).map_err(|source| DeviceSourceError::Io {
            name: config.name.clone(),
            what: format!("making {}", path.display()),
            source,
        })?;
    }
    services.tasks.spawn(watch::run(config.clone(), speaker));
    Ok(())
}
