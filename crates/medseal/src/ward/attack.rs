//! The ward attacks itself: one more device, enrolled and put with nobody, does what a device must not get away with.

use super::folder::Folder;
use super::monitor::Monitor;
use super::options::Way;
use super::report::AttackResult;
use super::site::Site;
use crate::exit::{Outcome, Problem};
use device::attack::{Answer, Attacker};
use gateway::Services;
use std::sync::Arc;

/// The attacking device's name.
pub(super) const NAME: &str = "intruder";
/// Which recording it replays.
const RECORDING: usize = 6;

/// What came of the attacks.
#[derive(Default)]
pub(super) struct Attacks {
    /// Each attack and its end.
    pub(super) results: Vec<AttackResult>,
    /// True batches that the attacking device sealed and that must be stored.
    pub(super) sealed: u64,
    /// What went wrong besides.
    pub(super) failures: Vec<String>,
}

/// Makes the device and tries all attacks.
pub(super) async fn run(
    services: &Services,
    folder: &Arc<Folder>,
    site: &Arc<Site>,
    way: Way,
) -> Outcome<Attacks> {
    let (making_folder, making_site) = (folder.clone(), site.clone());
    let making = tokio::task::spawn_blocking(move || {
        Monitor::named(NAME.to_owned(), RECORDING, &making_folder, &making_site, way)
    });
    let monitor = making.await.map_err(failed)??;
    let administration = services.administration("system");
    monitor.enrol(&administration).await?;
    let (element, source, transport) = monitor.parts()?;
    let attacker = Attacker::new(monitor.device.clone(), element, source, transport);
    let report = attacker.run(async || administration.revoke(&monitor.device).await).await.map_err(failed)?;

    let device = monitor.device.clone();
    let stored = services.store.read(move |reader| reader.device(&device)).await.map_err(failed)?;
    let enrolment = stored.as_ref().and_then(|device| device.trust.enrolment());
    let counter = enrolment.map(|enrolment| enrolment.head.counter.0);
    let mut attacks = Attacks { sealed: counter.unwrap_or_default(), ..Attacks::default() };
    if report.acknowledged != report.true_batches {
        let lost = report.true_batches - report.acknowledged;
        attacks.failures.push(format!("the attacks kept {lost} true batches from being accepted"));
    }
    for outcome in report.outcomes {
        let (refused_as, got_through) = match &outcome.answer {
            Answer::Refused(reason) => (Some(reason.as_str().to_owned()), false),
            Answer::RefusedOtherwise(words) => (Some(words.clone()), false),
            Answer::NotAuthorized => (Some("not authorized".to_owned()), false),
            Answer::Acknowledged => (None, true),
        };
        if !outcome.held() {
            attacks.failures.push(format!(
                "attack {:?}: {}, and should have been refused as {}",
                outcome.attack,
                refused_as.as_deref().unwrap_or("got through"),
                outcome.attack.expected().as_str()
            ));
        }
        let attack = serde_json::to_value(outcome.attack).map_err(failed)?;
        let attack = attack.as_str().unwrap_or_default().to_owned();
        attacks.results.push(AttackResult { attack, refused_as, got_through });
    }
    Ok(attacks)
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::Machine(format!("the attack: {error}"))
}
