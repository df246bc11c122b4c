//! Certificates of our own that are renewed, or come to their end, while the gateway runs.
//!
//! ```text
//! every CERTIFICATE_LOOK, or when asked ─► files ─┬─ changed and usable ─► shown from the next handshake on; log, audit, count
//!                                                 ├─ changed, unusable ──► the one before goes on being shown; log, audit, once
//!                                                 └─ soon at their end ──► log, once a day
//! ```
//!
//! Connections that exist stay. What the gateway shows to brokers and destinations is read anew whenever it connects to them
//! ([`Target`](crate::connect::Target)); of those files only the end is watched here.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use seal::Micros;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use crate::audit::{Action, Entry};
use crate::certificates::{self, Lasts};
use crate::limits;
use crate::listen::audit;
use crate::metrics::Ending;
use crate::start::Services;
use crate::store::now;

/// Where one asks to have the files looked at. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Renewal(Arc<Notify>);

impl Renewal {
    /// Has the files looked at now, as after they were written.
    pub fn look_now(&self) {
        self.0.notify_one();
    }
}

/// What one look found.
struct Look {
    /// Of each changed file what came of it.
    renewals: Vec<(String, Result<Lasts, String>)>,
    endings: Vec<Ending>,
}

/// Looks again and again until the services shut down.
pub(crate) async fn watch(services: Services) {
    let mut told = Told::default();
    let mut ticks = tokio::time::interval(limits::CERTIFICATE_LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = services.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            () = services.renewal.0.notified() => {}
        }
        let parts = services.clone();
        // Files are read: not on a thread that serves others.
        let Ok(look) = tokio::task::spawn_blocking(move || look(&parts)).await else { continue };
        for (file, came) in look.renewals {
            match came {
                Ok(lasts) => {
                    told.unusable.remove(&file);
                    renewed(&services, file, &lasts).await;
                }
                Err(why) if told.unusable.get(&file) != Some(&why) => {
                    told.unusable.insert(file.clone(), why.clone());
                    unusable(&services, file, &why).await;
                }
                Err(_) => {}
            }
        }
        for ending in look.endings {
            told.ending(ending);
        }
    }
}

fn look(services: &Services) -> Look {
    let renewals = services.identities.all().into_iter().filter_map(|shown| {
        let file = shown.files().certificate.display().to_string();
        let came = shown.renew(now()).map_err(|error| error.to_string()).transpose()?;
        Some((file, came))
    });
    let renewals = renewals.collect();
    Look { renewals, endings: certificates::endings(&services.config, &services.identities) }
}

/// A renewed certificate is shown from now on.
async fn renewed(services: &Services, file: String, lasts: &Lasts) {
    tracing::info!(file, certificate = %lasts, "a renewed certificate is shown from now on");
    services.metrics.certificates_renewed.fetch_add(1, Relaxed);
    let entry = Entry::done("system", Action::RenewCertificate, file);
    audit(services, entry.with_detail(lasts.to_string())).await;
}

/// The files have changed, and what they hold cannot be shown.
async fn unusable(services: &Services, file: String, why: &str) {
    tracing::warn!(file, why, "a renewed certificate cannot be used; the one before is shown");
    let entry = Entry::refused("system", Action::RenewCertificate, file);
    audit(services, entry.with_detail(why)).await;
}

/// What has been said already.
#[derive(Default)]
struct Told {
    /// Of which file why it cannot be used.
    unusable: HashMap<String, String>,
    /// Of what and which end, and when: a renewed one is spoken of anew, and so is one that has ended since.
    endings: HashMap<(String, String, Micros, bool), Instant>,
}

impl Told {
    /// Speaks of a certificate that ends soon or has ended, once a day. Gives whether it spoke.
    fn ending(&mut self, ending: Ending) -> bool {
        let (soon, again) = limits::CERTIFICATE_SOON;
        let Ending { what, file, until } = ending;
        let left = until.0.saturating_sub(now().0) / 1_000_000;
        let is_over = left < 0;
        if left > i64::try_from(soon.as_secs()).unwrap_or(i64::MAX) {
            return false;
        }
        let key = (what, file, until, is_over);
        if self.endings.get(&key).is_some_and(|told| told.elapsed() < again) {
            return false;
        }
        let (what, file) = (&key.0, &key.1);
        if is_over {
            tracing::error!(what, file, "a certificate has ended: have it issued anew");
        } else {
            let (days, hours) = (left / 86_400, left % 86_400 / 3600);
            tracing::warn!(what, file, days, hours, "a certificate ends soon: have it issued anew");
        }
        self.endings.retain(|(what, file, ..), _| (what, file) != (&key.0, &key.1));
        self.endings.insert(key, Instant::now());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_a_month_before_once_and_again_when_it_has_come() {
        let mut told = Told::default();
        let day = 86_400_000_000;
        let ending = |days: i64| Ending { what: "a".into(), file: "f".into(), until: now().plus(days * day) };
        assert!(!told.ending(ending(31)));
        let soon = ending(29);
        assert!(told.ending(soon.clone()) && !told.ending(soon.clone()));
        assert!(told.ending(Ending { file: "g".into(), ..soon }), "of another file it is told too");
        let over = ending(-1);
        assert!(told.ending(over.clone()) && !told.ending(over));
        assert!(told.ending(ending(3)), "its successor has its own end");
        assert_eq!(told.endings.len(), 2, "what was told of the one before is forgotten");
    }
}
