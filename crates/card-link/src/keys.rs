//! The keys of one card, as its owner keeps them: in memory, or in a small TOML file that only its owner may read.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use card_runtime::CardOptions;
use card_runtime::scp::{KeyKind, StaticKeys, StaticKeysError};
use zeroize::Zeroizing;

/// What keys to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeySpec {
    /// Triple DES with two keys, for SCP02.
    Des,
    /// AES with 128 bits, for SCP03.
    #[default]
    Aes128,
    /// AES with 192 bits.
    Aes192,
    /// AES with 256 bits.
    Aes256,
}

impl KeySpec {
    fn kind(self) -> (KeyKind, usize) {
        match self {
            Self::Des => (KeyKind::TripleDes, 16),
            Self::Aes128 => (KeyKind::Aes, 16),
            Self::Aes192 => (KeyKind::Aes, 24),
            Self::Aes256 => (KeyKind::Aes, 32),
        }
    }
}

/// One key version of a security domain: three keys of AES or triple DES. Wiped when dropped.
#[derive(Clone)]
pub struct CardKeys {
    version: u8,
    keys: StaticKeys,
}

/// Why keys were not read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is none of `version = N`, `type = "aes"`, `enc = "HEX"`, `mac = "HEX"`, `dek = "HEX"`.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A key is missing, or the three differ in length.
    #[error("{}: enc, mac and dek must be there, all of 16, 24 or 32 bytes (type des: 16)", path.display())]
    Incomplete {
        /// The file.
        path: PathBuf,
    },
    /// The file is readable by others than its owner.
    #[error("{}: others than the owner may read it (mode {mode:o}); chmod 600", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl CardKeys {
    /// New AES keys of 16 bytes each from the system's randomness, as version 1.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        Self::random_version(1)
    }

    /// New AES keys as another version, 1 to 127, to replace others.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random_version(version: u8) -> Result<Self, getrandom::Error> {
        Self::random_of(KeySpec::Aes128, version)
    }

    /// New keys of a kind and a length, as a version.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random_of(spec: KeySpec, version: u8) -> Result<Self, getrandom::Error> {
        let (kind, length) = spec.kind();
        loop {
            let mut bytes = Zeroizing::new(vec![0u8; 3 * length]);
            getrandom::fill(&mut bytes)?;
            let (enc, rest) = bytes.split_at(length);
            let (mac, dek) = rest.split_at(length);
            if let Ok(keys) = StaticKeys::of_kind(kind, enc, mac, dek) {
                return Ok(Self { version, keys });
            }
        }
    }

    /// The keys that makers give test cards and everybody knows, 40 to 4F: no card that has them is safe from anybody. For
    /// tools and scripts that expect a test card.
    ///
    /// # Errors
    /// Never; the signature is that of every way to keys.
    pub fn known_to_everybody(spec: KeySpec) -> Result<Self, StaticKeysError> {
        let (kind, length) = spec.kind();
        let key: Vec<u8> = (0x40..=0x4F).cycle().take(length).collect();
        Ok(Self { version: 1, keys: StaticKeys::of_kind(kind, &key, &key, &key)? })
    }

    /// Given keys, as a maker's key management hands them out.
    #[must_use]
    pub fn new(version: u8, keys: StaticKeys) -> Self {
        Self { version, keys }
    }

    /// The key version number.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The keys themselves.
    #[must_use]
    pub fn expose_secret(&self) -> &StaticKeys {
        &self.keys
    }

    /// What a new card with these keys is made from.
    #[must_use]
    pub fn card_options(&self) -> CardOptions {
        CardOptions::new(self.version, self.keys.clone())
    }

    /// Where the keys of a card's file are kept by default: beside it, with `.keys` added.
    #[must_use]
    pub fn path_beside(image: &Path) -> PathBuf {
        let mut path = image.as_os_str().to_owned();
        path.push(".keys");
        path.into()
    }

    /// Writes the keys to a new file, mode 0600. An existing file is not touched.
    ///
    /// # Errors
    /// [`KeyFileError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        let kind = match self.keys.kind() {
            KeyKind::TripleDes => DES,
            KeyKind::Aes => AES,
        };
        let mut text = Zeroizing::new(format!("version = {}\ntype = \"{kind}\"\n", self.version));
        for (name, key) in NAMES.iter().zip(self.keys.expose_secret()) {
            text.push_str(&format!("{name} = \"{}\"\n", *Zeroizing::new(hex::encode(key))));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    }

    /// Reads what [`CardKeys::save`] wrote. A file that others may read is refused.
    ///
    /// # Errors
    /// [`KeyFileError`], with the line where there is one.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let io = |source| KeyFileError::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(io)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyFileError::Exposed { path: path.to_owned(), mode });
            }
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(io)?;
        parse(&text, path)
    }
}

const NAMES: [&str; 3] = ["enc", "mac", "dek"];
/// What stands behind `type`; a file without it has AES keys.
const DES: &str = "des";
const AES: &str = "aes";

fn parse(text: &str, path: &Path) -> Result<CardKeys, KeyFileError> {
    let mut version = None;
    let mut kind = KeyKind::Aes;
    let mut keys: [Option<Zeroizing<Vec<u8>>>; 3] = [None, None, None];
    for (index, line) in text.lines().enumerate() {
        let wrong = |reason| KeyFileError::Line { path: path.to_owned(), line: index + 1, reason };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| wrong("expected NAME = VALUE"))?;
        let (name, value) = (name.trim(), value.trim());
        if name == "version" {
            let number: u8 = value.parse().map_err(|_| wrong("a key version is a number from 1 to 127"))?;
            version = Some(number).filter(|number| (1..=127).contains(number));
            continue;
        }
        if name == "type" {
            kind = match value.trim_matches('"') {
                AES => KeyKind::Aes,
                DES => KeyKind::TripleDes,
                _ => return Err(wrong("a key type is \"aes\" or \"des\"")),
            };
            continue;
        }
        let slot = NAMES.iter().position(|known| *known == name);
        let slot = slot.ok_or_else(|| wrong("unknown name"))?;
        let digits = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let digits = digits.ok_or_else(|| wrong("a key stands in quotation marks"))?;
        let bytes = hex::decode(digits).map_err(|_| wrong("a key is hexadecimal digits"))?;
        if let Some(slot) = keys.get_mut(slot) {
            *slot = Some(Zeroizing::new(bytes));
        }
    }
    let incomplete = || KeyFileError::Incomplete { path: path.to_owned() };
    let (Some(version), [Some(enc), Some(mac), Some(dek)]) = (version, keys) else {
        return Err(incomplete());
    };
    let keys = StaticKeys::of_kind(kind, &enc, &mac, &dek).map_err(|_| incomplete())?;
    Ok(CardKeys { version, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_their_file_and_only_their_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = CardKeys::path_beside(&folder.path().join("card"));
        let keys = CardKeys::random_of(KeySpec::Des, 1).unwrap();
        keys.save(&path).unwrap();
        assert!(keys.save(&path).is_err(), "an existing file is not overwritten");
        let read = CardKeys::read(&path).unwrap();
        assert_eq!(read.expose_secret().expose_secret(), keys.expose_secret().expose_secret());
        assert_eq!((read.version(), read.expose_secret().kind()), (1, KeyKind::TripleDes));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(CardKeys::read(&path), Err(KeyFileError::Exposed { mode: 0o644, .. })));
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line) in [
            ("version = 1\nenc = 00", 2),
            ("# keys\n\nnonsense", 3),
            ("version = 300", 1),
            ("type = \"rsa\"", 1),
        ] {
            let error = parse(text, Path::new("k")).err().unwrap();
            assert!(
                matches!(error, KeyFileError::Line { line: found, .. } if found == line),
                "{text}: {error}"
            );
        }
        assert!(matches!(parse("version = 1", Path::new("k")), Err(KeyFileError::Incomplete { .. })));
    }
}
