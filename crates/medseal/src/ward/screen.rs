//! What a person sees of a ward in the terminal.

use super::attack::Attacks;
use super::folder::Folder;
use super::options::Options;
use super::report::{AttackResult, Report};
use crate::print;

/// Where to look, once the ward runs.
pub(super) fn welcome(folder: &Folder, link: &str, options: &Options) {
    let root = folder.root().display();
    print::heading("The ward runs.");
    print::note(&format!("  dashboard   {link}"));
    print::note(
        "              (works once, for fifteen minutes; your browser does not know this ward's authority and asks)",
    );
    print::note(&format!(
        "  data        {root}{}",
        if folder.is_temporary() { ", removed at the end" } else { "" }
    ));
    print::note(&format!("  EHR         what it was sent: {root}/ehr/messages.jsonl"));
    print::note(&format!(
        "  check       export a patient's record on the dashboard, then:\n              medseal verify RECORD --maker {root}/maker/ca.pem"
    ));
    match options.duration {
        Some(duration) => print::note(&format!("It ends by itself after {} s.", duration.as_secs())),
        None => print::note("Ctrl-C ends it."),
    }
}

/// What became of the attacks, as soon as they are over.
pub(super) fn attacks(attacks: &Attacks) {
    print::heading("The ward was attacked:");
    attacks.results.iter().for_each(attack);
}

fn attack(attack: &AttackResult) {
    let end = match (&attack.refused_as, attack.got_through) {
        (_, true) => "GOT THROUGH".to_owned(),
        (Some(reason), false) => format!("refused: {reason}"),
        (None, false) => "not answered".to_owned(),
    };
    print::note(&format!("  {:18} {end}", attack.attack));
}

/// The end of a run, in words.
pub(super) fn summary(report: &Report) {
    print::heading("The ward has ended");
    let refused: u64 = report.refused.values().sum();
    print::note(&format!(
        "  {} monitors sealed {} batches; {} verified and stored, {} still spooled, {refused} messages refused",
        report.devices, report.batches_sealed, report.batches_verified, report.batches_spooled
    ));
    print::note(&format!(
        "  EHR: {} messages sent, {} acknowledged; from sample to dashboard {:.0} ms (p50), {:.0} ms (p99)",
        report.ehr_sent, report.ehr_acknowledged, report.latency_ms.p50, report.latency_ms.p99
    ));
}
