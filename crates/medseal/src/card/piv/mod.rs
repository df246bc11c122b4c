//! `medseal card piv`: makes a card somebody's PIV card, ready for OpenSC and whatever else knows PIV.
//!
//! PIN, PUK and administration key are drawn at random and stand in a folder beside the card, readable by its owner alone;
//! the keys are made in the card; their certificates come from an authority that exists for this one call.

mod certificates;
pub(crate) mod holder;
mod host;
mod objects;

use super::open::{CardArguments, gp, link, session};
use crate::exit::{Outcome, Problem, write, write_secret};
use crate::pki::pem;
use crate::print;
use card_image::cap::CapFile;
use card_link::{Aid, Element};
use certificates::Authority;
use clap::Args;
use host::{AdminKey, Piv, Slot};
use std::path::PathBuf;

/// Whose card, and where its secrets go.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    card: CardArguments,
    /// Whom the certificates name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The folder for PIN, PUK, administration key and certificates, which must not exist yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

const EXAMPLES: &str = "\
Example:
  medseal card new my.card
  medseal card piv my.card --name \"Alice Example\" --out alice
  medseal card serve my.card &
  pkcs11-tool --sign --id 01 --pin $(cat alice/pin) --mechanism ECDSA-SHA256 --input-file letter --output-file signature

The folder then holds pin, puk and admin.key (which piv-tool reads: PIV_EXT_AUTH_KEY=alice/admin.key piv-tool --admin M:9B:0C),
authority.pem, and the certificates 9A.pem, 9C.pem, 9D.pem and 9E.pem.";

/// The applet as `cargo xtask applets` built it.
const CAP: &[u8] = include_bytes!("../../../../../applets/piv/piv.cap");
/// The applet's class in it, and the name that PIV cards are selected by.
const CLASS: &[u8] = b"\xF0MEDPIV\x01";
const INSTANCE: &[u8] = b"\xA0\x00\x00\x03\x08\x00\x00\x10\x00\x01\x00";
/// Digits of a PIN and of a PUK.
const DIGITS: usize = 8;

/// Loads and installs the applet, has it make its keys, and puts on it what a PIV card has.
pub(crate) fn run(options: &Options) -> Outcome {
    if options.out.exists() {
        return Err(Problem::Input(format!("{}: exists already", options.out.display())));
    }
    let keys = options.card.read_keys()?;
    let (pin, puk, admin) = (digits()?, digits()?, AdminKey::random()?);
    let file = |name: &str| options.out.join(name);
    write_secret(&file("pin"), pin.as_bytes())?;
    write_secret(&file("puk"), puk.as_bytes())?;
    write_secret(&file("admin.key"), hex::encode(admin.expose_secret()).as_bytes())?;

    let mut card = options.card.open()?;
    let cap = CapFile::from_jar(CAP).map_err(Problem::machine)?;
    let aid = |bytes: &[u8]| Aid::new(bytes).map_err(Problem::machine);
    session(&mut card, &keys)?.load_cap(&cap).map_err(|error| gp(&error))?;
    session(&mut card, &keys)?
        .install(&cap.header.package.aid, &aid(CLASS)?, &aid(INSTANCE)?, &parameters(&pin, &puk, &admin))
        .map_err(|error| gp(&error))?;
    let authority = Authority::create(&options.name)?;
    write(&file("authority.pem"), pem("CERTIFICATE", authority.certificate()).as_bytes())?;
    let certificates = personalize(&mut card, &admin, &authority, &options.name)?;
    for (slot, certificate) in certificates {
        write(&file(&format!("{}.pem", slot.name())), pem("CERTIFICATE", &certificate).as_bytes())?;
    }
    print::note(&format!("{} is a PIV card now; its PIN is in {}", options.name, file("pin").display()));
    Ok(())
}

/// The applet's install parameters (`applets/piv`, `Personalization`).
fn parameters(pin: &str, puk: &str, admin: &AdminKey) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, value) in [(0x80, pin.as_bytes()), (0x81, puk.as_bytes()), (0x9B, admin.expose_secret())] {
        out.push(tag);
        out.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(value);
    }
    out
}

/// Makes the four keys and writes their certificates and the card's own objects.
fn personalize(
    card: &mut impl Element,
    admin: &AdminKey,
    authority: &Authority,
    name: &str,
) -> Outcome<Vec<(Slot, Vec<u8>)>> {
    let mut piv = Piv::select(card)?;
    piv.administrate(admin)?;
    let mut certificates = Vec::new();
    for slot in Slot::ALL {
        let point = piv.generate(slot)?;
        let certificate = authority.certify(&point, slot, name)?;
        piv.put(slot.object(), &objects::certificate(&certificate))?;
        certificates.push((slot, certificate));
    }
    piv.put(objects::CHUID_TAG, &objects::chuid(random()?))?;
    piv.put(objects::CCC_TAG, &objects::ccc(random()?))?;
    Ok(certificates)
}

fn random<const N: usize>() -> Outcome<[u8; N]> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|error| Problem::Machine(format!("randomness: {error}")))?;
    Ok(out)
}

/// Random digits, each as likely as any other.
fn digits() -> Outcome<String> {
    let mut out = String::new();
    while out.len() < DIGITS {
        let fair = random::<16>()?.into_iter().filter(|byte| *byte < 250);
        out.extend(fair.take(DIGITS - out.len()).map(|byte| char::from(b'0' + byte % 10)));
    }
    Ok(out)
}

/// What came of a command that must succeed.
fn answered(what: &str, answer: Result<card_link::Response, card_link::LinkError>) -> Outcome<Vec<u8>> {
    let answer = answer.map_err(|error| link(&error))?;
    if answer.status == card_link::StatusWord::OK {
        return Ok(answer.data);
    }
    Err(Problem::No(format!("{what}: the card says {}", answer.status)))
}
