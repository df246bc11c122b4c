//! A serial line: the device at its other end is whoever the cable leads to.
//!
//! The line is opened raw, eight bits, at the configured speed, and opened anew when it goes away (a plug that was pulled) until the gateway stops. The
//! device is answered as its protocol answers, after the commit. While records cannot be stored it hears nothing, and repeats them.

mod line;

use std::sync::Arc;

use super::device::{DeviceSourceError, Fault, Said, Speaker, talk};
use crate::config;
use crate::connect::Pauses;
use crate::roster::{Guard, Kind};
use crate::start::Services;

/// Serves the line until the services shut down.
///
/// # Errors
/// When the adapter cannot be set up. A line that is not there yet is waited for.
pub(super) fn start(config: &config::Serial, services: &Services) -> Result<(), DeviceSourceError> {
    let said = Said {
        name: &config.name,
        adapter: &config.adapter,
        config: None,
        device: config.device.as_deref(),
        zone: &config.zone,
    };
    let line = config.line.to_string_lossy();
    let post = services.roster.broker(Kind::Serial, config.name.as_str(), &line, Guard::Permissions);
    let speaker = Speaker::of(&said, services, &post)?;
    services.tasks.spawn(run(config.clone(), speaker));
    Ok(())
}

async fn run(config: config::Serial, speaker: Speaker) {
    let from: Arc<str> = format!("serial {} at {}", config.name, config.line.display()).into();
    let shutdown = speaker.services.shutdown.clone();
    let mut pauses = Pauses::default();
    while !shutdown.is_cancelled() {
        let ended = match line::open(&config) {
            Ok(line) => {
                tracing::info!(source = %config.name, line = %config.line.display(), "the line is open");
                speaker.post.connected();
                talk(line, &speaker, &from, None).await
            }
            Err(error) => Err(Fault::Connection(error)),
        };
        match ended {
            Ok(()) => pauses.reset(),
            Err(fault) => {
                tracing::warn!(source = %config.name, %fault, "the line's conversation ended");
                speaker.post.lost(fault.to_string());
            }
        }
        if !pauses.wait(&shutdown).await {
            return;
        }
    }
}
