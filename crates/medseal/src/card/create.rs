//! `medseal card new`: a card with keys of its own.

use crate::applet::input::aid;
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::{Aid, CardFile, CardKeys, KeySpec, SecureChannelProtocol, Verification};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Where, and of what kind.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  medseal card new my.card\n  medseal card new old.card --scp 02 --i 55\n  medseal card new strict.card --policy examples/card-policy.toml"
)]
pub(crate) struct Options {
    /// The card's image file, which must not exist yet; its keys go to IMAGE.keys, readable by you alone
    image: PathBuf,
    /// Let this card link CAP files without verifying them. They may misbehave on the card, never outside
    #[arg(long)]
    unverified: bool,
    /// The secure channel protocol that the card speaks: 02 or 03 (default)
    #[arg(long, value_name = "NUMBER", value_parser = option_byte)]
    scp: Option<u8>,
    /// The kind of the card's keys: des is SCP02's, aes128 (default), aes192 and aes256 are SCP03's
    #[arg(long, value_enum)]
    key_type: Option<KeyType>,
    /// The secure channel protocol's options, in hexadecimal: of SCP03 00, 10, 20, 30, 60, 70 (default), or one of these and 1
    /// for MACs of 16 bytes; of SCP02 05, 15 (default), 25, 35, 45, 55, 65, 75
    #[arg(long, value_name = "HEX", value_parser = option_byte)]
    i: Option<u8>,
    /// AID of the issuer's security domain (default: A000000151000000)
    #[arg(long, value_name = "HEX", value_parser = aid)]
    domain: Option<Aid>,
    /// A TOML file that says which algorithms the card does not offer to applets (default: it offers all)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Give the card the test keys that everybody knows, 40 to 4F: it is then safe from nobody
    #[arg(long)]
    test_keys: bool,
}

/// What keys a card gets.
#[derive(Clone, Copy, ValueEnum)]
enum KeyType {
    /// Triple DES with two keys
    Des,
    /// AES with 128 bits
    Aes128,
    /// AES with 192 bits
    Aes192,
    /// AES with 256 bits
    Aes256,
}

impl KeyType {
    fn spec(self) -> KeySpec {
        match self {
            Self::Des => KeySpec::Des,
            Self::Aes128 => KeySpec::Aes128,
            Self::Aes192 => KeySpec::Aes192,
            Self::Aes256 => KeySpec::Aes256,
        }
    }

    /// The protocol that goes with the keys.
    fn scp(self) -> u8 {
        match self {
            Self::Des => 0x02,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 0x03,
        }
    }

    /// What was asked for, if the two go together.
    fn of(scp: Option<u8>, key_type: Option<Self>) -> Outcome<Self> {
        let other = match scp {
            Some(0x02) => Self::Des,
            Some(0x03) | None => Self::Aes128,
            Some(other) => {
                return Err(Problem::Input(format!("SCP{other:02X}: cards speak SCP02 and SCP03")));
            }
        };
        let key_type = key_type.unwrap_or(other);
        match scp {
            Some(scp) if scp != key_type.scp() => {
                Err(Problem::Input(format!("keys of this type are for SCP{:02X}", key_type.scp())))
            }
            Some(_) | None => Ok(key_type),
        }
    }
}

fn option_byte(text: &str) -> Result<u8, String> {
    u8::from_str_radix(text, 16).map_err(|error| format!("'{text}': {error}"))
}

/// Makes the card. Keys first: a card without its keys would be of no use to anybody.
pub(crate) fn run(options: &Options) -> Outcome {
    let key_type = KeyType::of(options.scp, options.key_type)?;
    let policy = options.policy.as_deref().map(super::policy::from_file).transpose()?;
    let keys = if options.test_keys {
        CardKeys::known_to_everybody(key_type.spec()).map_err(Problem::machine)?
    } else {
        CardKeys::random_of(key_type.spec(), 1)
            .map_err(|error| Problem::Machine(format!("randomness: {error}")))?
    };
    let verification = if options.unverified { Verification::Skipped } else { Verification::Required };
    let mut card = keys.card_options().verification(verification);
    if let Some(policy) = policy {
        card = card.policy(policy);
    }
    if let Some(i) = options.i {
        let protocol = SecureChannelProtocol::parse(key_type.scp(), i);
        let unknown = || Problem::Input(format!("i={i:02X}: no such options of SCP{:02X}", key_type.scp()));
        card = card.secure_channel(protocol.ok_or_else(unknown)?);
    }
    if let Some(domain) = options.domain {
        card = card.domain(domain);
    }
    if options.image.exists() {
        return Err(Problem::Input(format!(
            "{}: exists already; a card is never overwritten",
            options.image.display()
        )));
    }
    let path = CardKeys::path_beside(&options.image);
    keys.save(&path).map_err(Problem::machine)?;
    CardFile::create(&options.image, card).map_err(|error| super::open::link(&error))?;
    print::note(&format!("{}: a new card; its keys: {}", options.image.display(), path.display()));
    Ok(())
}
