//! `medseal card info`: what a card says of itself, to anybody, and to whoever has its keys.

use super::open::{CardArguments, gp, session};
use super::policy::Offered;
use crate::exit::Outcome;
use crate::print;
use card_link::atr::Atr;
use card_link::gp::{CardInfo, Entry, Kind};
use card_link::{CardKeys, Element};
use clap::Args;
use serde::Serialize;

/// Which card.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal card info my.card
  medseal card info pcsc:                          any card in the only reader that holds one
  medseal card info pcsc: --keys issuer.keys       with what only the card's owner may know

Without keys the card is asked nothing that could count as a failed attempt.";

/// What is known of a card. What it does not tell is left out.
#[derive(Serialize)]
struct Info {
    atr: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    atr_problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<ResetAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<Platform>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

/// The answer to reset, taken apart.
#[derive(Serialize)]
struct ResetAnswer {
    protocols: Vec<String>,
    interface_bytes: Vec<String>,
    historical: String,
    historical_text: String,
}

/// What GlobalPlatform's data objects say.
#[derive(Serialize)]
struct Platform {
    issuer_domain: String,
    version: Option<String>,
    secure_channels: Vec<String>,
    issuer_number: String,
    image_number: String,
    production: Vec<(&'static str, String)>,
    keys: Vec<String>,
    sequence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_persistent_bytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_transient_bytes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithms: Option<Offered>,
}

/// What only the owner sees.
#[derive(Serialize)]
struct Content {
    life_cycle: String,
    domains: usize,
    applications: usize,
    packages: usize,
}

/// Asks the card and prints what it says.
pub(crate) fn run(options: &Options) -> Outcome {
    let keys = options.card.keys_if_any()?;
    let mut card = options.card.open()?;
    let info = ask(&mut card, keys.as_ref())?;
    if options.json {
        print::json(&info);
    } else {
        show(&info);
    }
    Ok(())
}

fn ask<E: Element + ?Sized>(card: &mut E, keys: Option<&CardKeys>) -> Outcome<Info> {
    let atr = card.atr();
    let (reset, atr_problem) = match Atr::parse(&atr) {
        Ok(atr) => (Some(reset_answer(&atr)), None),
        Err(error) => (None, Some(error.to_string())),
    };
    // A card without GlobalPlatform, or one that keeps it to itself, still has an answer to reset.
    let platform = CardInfo::read(card).ok().map(|info| platform(&info));
    let content = match keys {
        Some(keys) => Some(content(&session(card, keys)?.list().map_err(|error| gp(&error))?)),
        None => None,
    };
    Ok(Info { atr: hex::encode_upper(&atr), atr_problem, reset, platform, content })
}

fn reset_answer(atr: &Atr) -> ResetAnswer {
    let shown = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' };
    ResetAnswer {
        protocols: atr.protocols.iter().map(|protocol| format!("T={protocol}")).collect(),
        interface_bytes: atr.interface.iter().map(|(name, byte)| format!("{name}={byte:02X}")).collect(),
        historical: hex::encode_upper(&atr.historical),
        historical_text: atr.historical.iter().map(shown).collect(),
    }
}

fn platform(info: &CardInfo) -> Platform {
    let resources = info.resources;
    Platform {
        issuer_domain: hex::encode_upper(&info.domain),
        version: info.version.clone(),
        secure_channels: info
            .protocols
            .iter()
            .map(|[number, i]| format!("SCP{number:02X} i={i:02X}"))
            .collect(),
        issuer_number: hex::encode_upper(&info.issuer),
        image_number: hex::encode_upper(&info.image),
        production: production(&info.production),
        keys: info
            .keys
            .iter()
            .map(|key| {
                let kind = match key.kind {
                    0x80 | 0x82 => "triple DES".to_owned(),
                    0x88 => format!("AES-{}", u16::from(key.length) * 8),
                    other => format!("type {other:02X}"),
                };
                format!("{kind}, version {}, identifier {}", key.version, key.identifier)
            })
            .collect(),
        sequence: hex::encode_upper(&info.sequence),
        applications: resources.map(|resources| resources.applications),
        free_persistent_bytes: resources.map(|resources| resources.persistent),
        free_transient_bytes: resources.map(|resources| resources.transient),
        algorithms: info.policy.as_ref().map(Offered::from),
    }
}

/// The fields of the card production life cycle data and their lengths: 42 bytes (GlobalPlatform Card Specification 2.1.1,
/// table 6-1 of the guidelines; Visa's open platform before it).
const PRODUCTION: [(&str, usize); 18] = [
    ("IC fabricator", 2),
    ("IC type", 2),
    ("operating system", 2),
    ("operating system date", 2),
    ("operating system level", 2),
    ("IC fabrication date", 2),
    ("IC serial number", 4),
    ("IC batch", 2),
    ("module fabricator", 2),
    ("module packaging date", 2),
    ("card manufacturer", 2),
    ("card embedding date", 2),
    ("pre-personalizer", 2),
    ("pre-personalization date", 2),
    ("pre-personalization equipment", 4),
    ("personalizer", 2),
    ("personalization date", 2),
    ("personalization equipment", 4),
];

fn production(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let mut rest = bytes;
    let mut fields = Vec::new();
    for (name, length) in PRODUCTION {
        let Some((field, after)) = rest.split_at_checked(length) else { break };
        rest = after;
        fields.push((name, hex::encode_upper(field)));
    }
    fields
}

fn content(entries: &[Entry]) -> Content {
    let count = |kinds: &[Kind]| entries.iter().filter(|entry| kinds.contains(&entry.kind)).count();
    let issuer = entries.iter().find(|entry| entry.kind == Kind::IssuerDomain);
    Content {
        life_cycle: issuer.map(Entry::state).unwrap_or_default(),
        domains: count(&[Kind::IssuerDomain, Kind::Domain]),
        applications: count(&[Kind::Application]),
        packages: count(&[Kind::Package]),
    }
}

fn show(info: &Info) {
    let row = |name: &str, value: &str| {
        if !value.is_empty() {
            print::result(&format!("{name:30}{value}"));
        }
    };
    row("answer to reset", &info.atr);
    row("", info.atr_problem.as_deref().unwrap_or_default());
    if let Some(reset) = &info.reset {
        row("protocols", &reset.protocols.join(", "));
        row("interface bytes", &reset.interface_bytes.join(" "));
        row("historical bytes", &format!("{}  {}", reset.historical, reset.historical_text));
    }
    match &info.platform {
        None => row("GlobalPlatform", "the card does not say"),
        Some(platform) => {
            row("GlobalPlatform", platform.version.as_deref().unwrap_or("the card does not say"));
            row("issuer's domain", &platform.issuer_domain);
            row("secure channels", &platform.secure_channels.join(", "));
            row("issuer number", &platform.issuer_number);
            row("image number", &platform.image_number);
            platform.keys.iter().for_each(|key| row("key", key));
            row("sessions so far", &platform.sequence);
            let bytes = |count: Option<u32>| count.map(|count| format!("{count} bytes")).unwrap_or_default();
            row("free persistent memory", &bytes(platform.free_persistent_bytes));
            row("free transient memory", &bytes(platform.free_transient_bytes));
            if let Some(algorithms) = &platform.algorithms {
                let bits = algorithms.minimum_bits.iter().map(|(name, bits)| format!("{name} {bits} bits"));
                row("algorithms on", &algorithms.on.join(", "));
                row("algorithms off", &algorithms.off.join(", "));
                row("shortest keys", &bits.collect::<Vec<_>>().join(", "));
            }
            let said = |value: &str| value.bytes().any(|digit| digit != b'0');
            platform
                .production
                .iter()
                .filter(|(_, value)| said(value))
                .for_each(|(name, value)| row(name, value));
        }
    }
    match &info.content {
        None => row("content", "for whoever has the keys"),
        Some(content) => {
            row("life cycle", &content.life_cycle);
            row("domains", &content.domains.to_string());
            row("applications", &content.applications.to_string());
            row("packages", &content.packages.to_string());
        }
    }
}
