//! Cryptography in an applet, each row beside what OpenSSL's command does on this machine in the same minute.
//!
//! Keys and objects are made before the measurement; what is measured goes from bytecode to bytecode: the applet's call, the
//! key from the card's heap, the arithmetic, the result in the applet's array. `openssl speed` counts its own processor
//! time, and so does the card, so that it matters less what else runs here.

use super::figure::{Figure, Unit};
use super::{Error, TIME, output};
use card_bench::{CRYPTO, Operation, measure_operation, provisioned, select};
use std::process::Command;

const SECONDS: &str = "2";
/// Pairs that OpenSSL makes for its figure.
const PAIRS: u32 = 16;

/// The share of OpenSSL's rate that public keys are to reach, and that bulk work is at 4,096 bytes.
const PUBLIC_KEYS: f64 = 0.6;
const BULK: f64 = 0.5;

/// What stands beside a row.
enum Peer {
    /// `openssl speed` with a name: operations a second in one field of the line that begins so.
    Speed { name: &'static str, line: &'static str, field: usize },
    /// `openssl speed` over so many bytes.
    Bulk { arguments: &'static [&'static str], bytes: u16 },
    /// `openssl genrsa`.
    Pairs { bits: &'static str },
}

/// What a row is to reach.
enum Target {
    /// A share of the peer's rate.
    Share(f64),
    /// So many a second.
    Rate(f64),
    /// Nothing: it is told for comparison.
    None,
}

struct Row(Operation, Peer, Target);

const fn public_key(what: &'static str, kind: u8, variant: u8, peer: Peer, target: Target) -> Row {
    // The budget of a command lets 50 operations with RSA's private keys pass.
    let most = if kind >= 0x10 { 40 } else { 200 };
    Row(Operation { what, kind, variant, most }, peer, target)
}

const fn pairs(what: &'static str, variant: u8, bits: &'static str) -> Row {
    let operation = Operation { what, kind: 0x12, variant, most: 2 };
    Row(operation, Peer::Pairs { bits }, Target::Share(PUBLIC_KEYS))
}

const fn bulk(
    what: &'static str,
    kind: u8,
    variant: u8,
    arguments: &'static [&'static str],
    target: Target,
) -> Row {
    let (bytes, most) = if variant & 1 == 0 { (256, 5_000) } else { (4_096, 1_000) };
    let operation = Operation { what, kind, variant, most };
    Row(operation, Peer::Bulk { arguments, bytes }, target)
}

/// Shorthands for the table's sake. With `-aead` each message gets a nonce and a tag, as it does in the applet.
const fn ecdsa(name: &'static str, field: usize) -> Peer {
    Peer::Speed { name, line: "+F4", field }
}
const fn agreement(name: &'static str) -> Peer {
    Peer::Speed { name, line: "+F5", field: 3 }
}
const fn eddsa(field: usize) -> Peer {
    Peer::Speed { name: "ed25519", line: "+F6", field }
}
const fn rsa(name: &'static str, field: usize) -> Peer {
    Peer::Speed { name, line: "+F2", field }
}

const ROWS: &[Row] = &[
    public_key("ECDSA P-256 signatures", 0x01, 0, ecdsa("ecdsap256", 3), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA P-256 verifications", 0x02, 0, ecdsa("ecdsap256", 4), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA P-384 signatures", 0x01, 1, ecdsa("ecdsap384", 3), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA P-384 verifications", 0x02, 1, ecdsa("ecdsap384", 4), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA P-521 signatures", 0x01, 2, ecdsa("ecdsap521", 3), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA P-521 verifications", 0x02, 2, ecdsa("ecdsap521", 4), Target::Share(PUBLIC_KEYS)),
    public_key("ECDH P-256 agreements", 0x03, 0, agreement("ecdhp256"), Target::Share(PUBLIC_KEYS)),
    public_key("ECDH P-384 agreements", 0x03, 1, agreement("ecdhp384"), Target::Share(PUBLIC_KEYS)),
    public_key("Ed25519 signatures", 0x04, 0, eddsa(4), Target::Share(PUBLIC_KEYS)),
    public_key("Ed25519 verifications", 0x05, 0, eddsa(5), Target::Share(PUBLIC_KEYS)),
    public_key("X25519 agreements", 0x06, 0, agreement("ecdhx25519"), Target::Share(PUBLIC_KEYS)),
    public_key("ECDSA signatures, brainpoolP256r1", 0x01, 3, ecdsa("ecdsabrp256r1", 3), Target::None),
    public_key("ECDSA verifications, brainpoolP256r1", 0x02, 3, ecdsa("ecdsabrp256r1", 4), Target::None),
    public_key("ECDH agreements, brainpoolP256r1", 0x03, 3, agreement("ecdhbrp256r1"), Target::None),
    public_key("ECDSA signatures, brainpoolP384r1", 0x01, 4, ecdsa("ecdsabrp384r1", 3), Target::None),
    public_key("RSA-2048 signatures", 0x10, 8, rsa("rsa2048", 3), Target::Share(PUBLIC_KEYS)),
    public_key("RSA-2048 verifications", 0x11, 8, rsa("rsa2048", 4), Target::Share(PUBLIC_KEYS)),
    public_key("RSA-3072 signatures", 0x10, 12, rsa("rsa3072", 3), Target::Share(PUBLIC_KEYS)),
    public_key("RSA-3072 verifications", 0x11, 12, rsa("rsa3072", 4), Target::Share(PUBLIC_KEYS)),
    public_key("RSA-4096 signatures", 0x10, 16, rsa("rsa4096", 3), Target::Share(PUBLIC_KEYS)),
    public_key("RSA-4096 verifications", 0x11, 16, rsa("rsa4096", 4), Target::Share(PUBLIC_KEYS)),
    pairs("RSA-2048 key pairs", 8, "2048"),
    pairs("RSA-3072 key pairs", 12, "3072"),
    pairs("RSA-4096 key pairs", 16, "4096"),
    bulk("AES-128-CBC of 256 bytes", 0x20, 0, &["-evp", "aes-128-cbc"], Target::Rate(1e6)),
    bulk("AES-128-CBC of 4,096 bytes", 0x20, 1, &["-evp", "aes-128-cbc"], Target::Share(BULK)),
    bulk("AES-256-CBC of 256 bytes", 0x20, 2, &["-evp", "aes-256-cbc"], Target::None),
    bulk("AES-256-CBC of 4,096 bytes", 0x20, 3, &["-evp", "aes-256-cbc"], Target::Share(BULK)),
    bulk("AES-128-CTR of 256 bytes", 0x21, 0, &["-evp", "aes-128-ctr"], Target::None),
    bulk("AES-128-CTR of 4,096 bytes", 0x21, 1, &["-evp", "aes-128-ctr"], Target::Share(BULK)),
    bulk("AES-256-CTR of 256 bytes", 0x21, 2, &["-evp", "aes-256-ctr"], Target::None),
    bulk("AES-256-CTR of 4,096 bytes", 0x21, 3, &["-evp", "aes-256-ctr"], Target::Share(BULK)),
    bulk("AES-128-GCM of 256 bytes", 0x22, 0, &["-evp", "aes-128-gcm", "-aead"], Target::None),
    bulk("AES-128-GCM of 4,096 bytes", 0x22, 1, &["-evp", "aes-128-gcm", "-aead"], Target::Share(BULK)),
    bulk("AES-256-GCM of 256 bytes", 0x22, 2, &["-evp", "aes-256-gcm", "-aead"], Target::None),
    bulk("AES-256-GCM of 4,096 bytes", 0x22, 3, &["-evp", "aes-256-gcm", "-aead"], Target::Share(BULK)),
    bulk("AES-128-CCM of 4,096 bytes", 0x23, 1, &["-evp", "aes-128-ccm", "-aead"], Target::None),
    bulk("SHA-256 of 256 bytes", 0x30, 0, &["-evp", "sha256"], Target::None),
    bulk("SHA-256 of 4,096 bytes", 0x30, 1, &["-evp", "sha256"], Target::Share(BULK)),
    bulk("HMAC-SHA-256 of 256 bytes", 0x31, 0, &["-hmac", "sha256"], Target::None),
    bulk("HMAC-SHA-256 of 4,096 bytes", 0x31, 1, &["-hmac", "sha256"], Target::Share(BULK)),
];

const CAUSE: &str = "each operation enters the engine anew, from bytecode, and pays the card's budget";

/// Measures the rows whose name has the word, in capitals or not.
pub(super) fn measure(only: &str) -> Result<Vec<Figure>, Error> {
    let only = only.to_lowercase();
    let wanted: Vec<&Row> = ROWS.iter().filter(|row| row.0.what.to_lowercase().contains(&only)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let (mut card, _keys) = provisioned(&CRYPTO)?;
    select(&mut card, &CRYPTO)?;
    let mut said = Vec::new();
    let mut figures = Vec::new();
    for Row(operation, peer, target) in wanted {
        eprintln!("measuring: {}", operation.what);
        let what = format!("{} in an applet", operation.what);
        let ours = measure_operation(&mut card, operation, TIME);
        let mut figure = match ours {
            Ok(rate) => Figure::new(what, Unit::PerSecond, rate),
            Err(why) => Figure::missing(what, Unit::PerSecond, why.to_string()),
        };
        match peer.rate(&mut said) {
            Ok(rate) => {
                figure = figure.peer(peer.name(), rate).limit("of OpenSSL", rate);
                if let Target::Share(share) = target {
                    figure = figure.target(share * rate, CAUSE);
                }
            }
            Err(why) => figure = figure.peer(format!("{} ({why})", peer.name()), 0.0),
        }
        if let Target::Rate(rate) = target {
            figure = figure.target(*rate, CAUSE);
        }
        figures.push(figure);
    }
    Ok(figures)
}

/// What `openssl speed` said to which arguments, since one run gives the figures of several rows.
type Said = Vec<(Vec<String>, String)>;

impl Peer {
    fn name(&self) -> &'static str {
        match self {
            Self::Speed { .. } | Self::Bulk { .. } => "openssl speed",
            Self::Pairs { .. } => "openssl genrsa",
        }
    }

    /// Operations a second.
    fn rate(&self, said: &mut Said) -> Result<f64, Error> {
        match self {
            Self::Speed { name, line, field } => speed(said, &[name], line, *field),
            Self::Bulk { arguments, bytes } => {
                let length = bytes.to_string();
                let arguments = [&["-bytes", &length], *arguments].concat();
                Ok(speed(said, &arguments, "+F", 3)? / f64::from(*bytes))
            }
            Self::Pairs { bits } => pairs_a_second(bits),
        }
    }
}

/// Runs `openssl speed`, unless it was, and takes one field of the line that begins with `line`.
fn speed(said: &mut Said, arguments: &[&str], line: &str, field: usize) -> Result<f64, Error> {
    let known = said.iter().position(|(asked, _)| asked == arguments);
    let at = match known {
        Some(at) => at,
        None => {
            let mut command = Command::new("openssl");
            let text = output(command.args(["speed", "-mr", "-seconds", SECONDS]).args(arguments))?;
            said.push((arguments.iter().map(|word| (*word).to_owned()).collect(), text));
            said.len() - 1
        }
    };
    let text = said.get(at).map(|(_, text)| text.as_str()).unwrap_or_default();
    let found = text.lines().find(|found| found.split(':').next() == Some(line));
    let value = found.and_then(|found| found.split(':').nth(field)?.parse().ok());
    value.ok_or_else(|| Error::Program { program: "openssl speed".into(), said: text.to_owned() })
}

/// Pairs a second that `openssl genrsa` makes: the mean over [`PAIRS`] of them, less the start of the process.
fn pairs_a_second(bits: &str) -> Result<f64, Error> {
    let timed = |arguments: &[&str]| -> Result<f64, Error> {
        let before = processor_time_of_children()?;
        for _ in 0..PAIRS {
            output(Command::new("openssl").args(arguments))?;
        }
        Ok(processor_time_of_children()? - before)
    };
    let starts = timed(&["version"])?;
    Ok(f64::from(PAIRS) / (timed(&["genrsa", bits])? - starts).max(f64::EPSILON))
}

/// Seconds that the processes which this one started and waited for have run: fields 16 and 17 of `/proc/self/stat`, in the
/// hundredths that Linux counts there on every architecture.
fn processor_time_of_children() -> Result<f64, Error> {
    let path = "/proc/self/stat";
    let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
    // The name in parentheses, field 2, may have spaces.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system] => Ok((user + system) / 100.0),
        _ => Err(Error::Program { program: path.into(), said: text.clone() }),
    }
}
