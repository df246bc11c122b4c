//! CAP files as JARs: one file per component under `PACKAGE/javacard/`, beside a manifest (JCVM 4.1.3 and 6.2.1). The
//! names of the files are not case sensitive.

use std::fmt::Write as _;

use super::load_file::framed;
use super::{CapError, CapFile, CapFormat, ComponentTag, Components, Header};
use crate::aid::Aid;
use crate::bytes::Reader;
use crate::jar::{self, Entry, JarError};

/// Names that a JAR tells and a CAP file does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JarLabels {
    /// The package's name, with slashes; of an extended file, the name of the whole.
    pub package: String,
    /// The applets' class names, in the order of the Applet component. In an extended file with their packages.
    pub applets: Vec<String>,
    /// The names of all packages of an extended file, public ones first, with slashes.
    pub packages: Vec<String>,
    /// What made the file, for its manifest.
    pub converter: String,
}

/// Why a JAR holds no CAP file that can be read.
#[derive(Debug, thiserror::Error)]
pub enum CapJarError {
    /// It is no JAR.
    #[error(transparent)]
    Jar(#[from] JarError),
    /// No entry ends in `javacard/Header.cap`.
    #[error("no javacard/Header.cap")]
    NoHeader,
    /// There are several packages.
    #[error("{0} and {1} are both there")]
    Several(String, String),
    /// A component is there twice.
    #[error("{0} and {1} are the same component")]
    Twice(String, String),
    /// An entry's tag or size does not fit its name and length.
    #[error("{name}: tag {tag:?} and size {size:?} do not fit its {length} bytes")]
    Frame {
        /// The entry.
        name: String,
        /// Its tag.
        tag: Option<u8>,
        /// Its size.
        size: Option<u32>,
        /// Bytes it has.
        length: usize,
    },
    /// A component cannot be read.
    #[error(transparent)]
    Component(#[from] CapError),
}

impl CapFile {
    /// Reads the CAP file of a JAR.
    pub fn from_jar(bytes: &[u8]) -> Result<Self, CapJarError> {
        let entries = jar::read(bytes)?;
        let folder = folder(&entries)?;
        let own: Vec<(&str, &Entry)> =
            entries.iter().filter_map(|entry| Some((entry.name.strip_prefix(folder)?, entry))).collect();
        let mut components = Components::default();
        let mut format = CapFormat::V2_1;
        for tag in ComponentTag::ALL {
            let short = tag.file_name(CapFormat::V2_1);
            let names = [short, tag.file_name(CapFormat::Extended2_3)];
            let mut named =
                own.iter().filter(|(file, _)| names.iter().any(|name| name.eq_ignore_ascii_case(file)));
            let Some((_, entry)) = named.next() else { continue };
            if let Some((_, other)) = named.next() {
                return Err(CapJarError::Twice(entry.name.clone(), other.name.clone()));
            }
            let info = info(entry, tag, format)?;
            if tag == ComponentTag::Header && Header::is_extended(info) {
                format = CapFormat::Extended2_3;
            }
            components.set(tag, info);
        }
        Ok(Self::parse_components(&components)?)
    }

    /// Writes a JAR, the same bytes for the same file every time.
    pub fn to_jar(&self, labels: &JarLabels) -> Result<Vec<u8>, CapJarError> {
        let data = manifest(self, labels).into_bytes();
        let mut entries = vec![Entry { name: String::from("META-INF/MANIFEST.MF"), data }];
        for (tag, info) in self.encode_components()? {
            let name = format!("{}/javacard/{}", labels.package, tag.file_name(self.header.format));
            entries.push(Entry { name, data: framed(tag, &info, self.header.format)? });
        }
        Ok(jar::write(&entries)?)
    }
}

/// The folder of the components, with the slash at its end.
fn folder(entries: &[Entry]) -> Result<&str, CapJarError> {
    const NAME: &str = "javacard/Header.cap";
    let is_header = |entry: &&Entry| {
        let start = entry.name.len().checked_sub(NAME.len());
        let start =
            start.filter(|start| entry.name.as_bytes().get(start.wrapping_sub(1)).is_none_or(|b| *b == b'/'));
        start.and_then(|start| entry.name.get(start..)).is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    };
    let mut headers = entries.iter().filter(is_header);
    let first = headers.next().ok_or(CapJarError::NoHeader)?;
    match headers.next() {
        None => Ok(first.name.get(..first.name.len() - "Header.cap".len()).unwrap_or_default()),
        Some(second) => Err(CapJarError::Several(first.name.clone(), second.name.clone())),
    }
}

fn info(entry: &Entry, tag: ComponentTag, format: CapFormat) -> Result<&[u8], CapJarError> {
    let mut reader = Reader::new(&entry.data);
    let read_tag = reader.u8().ok();
    let size = if tag.is_long(format) { reader.u32().ok() } else { reader.u16().ok().map(u32::from) };
    let info = reader.rest();
    if read_tag == Some(tag as u8) && size == Some(info.len() as u32) {
        Ok(info)
    } else {
        Err(CapJarError::Frame { name: entry.name.clone(), tag: read_tag, size, length: entry.data.len() })
    }
}

fn manifest(cap: &CapFile, labels: &JarLabels) -> String {
    let mut text = String::from("Manifest-Version: 1.0\r\n");
    line(&mut text, "Created-By", &labels.converter);
    text.push_str("\r\n");
    line(&mut text, "Name", &labels.package);
    line(&mut text, "Java-Card-CAP-File-Version", &cap.header.format.version().to_string());
    line(&mut text, "Java-Card-Converter-Provider", "medseal");
    line(&mut text, "Java-Card-Converter-Version", &labels.converter);
    let int = if cap.header.flags.uses_int() { "TRUE" } else { "FALSE" };
    line(&mut text, "Java-Card-Integer-Support-Required", int);
    let own = &cap.header.package;
    if cap.header.format.is_extended() {
        line(&mut text, "Java-Card-CAP-Name", &labels.package.replace('/', "."));
        line(&mut text, "Java-Card-CAP-AID", &colons(own.aid.as_bytes()));
        line(&mut text, "Java-Card-CAP-Version", &own.version.to_string());
        packages(&mut text, cap, labels);
    } else {
        line(&mut text, "Java-Card-Package-Name", &labels.package.replace('/', "."));
        line(&mut text, "Java-Card-Package-AID", &colons(own.aid.as_bytes()));
        line(&mut text, "Java-Card-Package-Version", &own.version.to_string());
        let applets = cap.applet.iter().flat_map(|component| &component.applets);
        for (index, applet) in applets.enumerate() {
            let name = labels.applets.get(index).map(String::as_str);
            applet_lines(&mut text, &format!("Java-Card-Applet-{}", index + 1), &applet.aid, name);
        }
    }
    for (index, package) in cap.import.packages.iter().enumerate() {
        let key = format!("Java-Card-Imported-Package-{}", index + 1);
        line(&mut text, &format!("{key}-AID"), &colons(package.aid.as_bytes()));
        line(&mut text, &format!("{key}-Version"), &package.version.to_string());
    }
    text.push_str("\r\n");
    text
}

fn applet_lines(text: &mut String, key: &str, aid: &Aid, name: Option<&str>) {
    line(text, &format!("{key}-AID"), &colons(aid.as_bytes()));
    if let Some(name) = name {
        line(text, &format!("{key}-Name"), name);
    }
}

/// The packages of an extended file, and the applets of each.
fn packages(text: &mut String, cap: &CapFile, labels: &JarLabels) {
    for (index, name) in labels.packages.iter().enumerate() {
        let key = format!("Java-Card-Package-{}", index + 1);
        let public = cap.header.public.iter().find(|package| package.name == *name);
        let private = || String::from("private");
        let aid = public.map_or_else(private, |package| colons(package.info.aid.as_bytes()));
        let version = public.map_or_else(private, |package| package.info.version.to_string());
        line(text, &format!("{key}-Name"), &name.replace('/', "."));
        line(text, &format!("{key}-AID"), &aid);
        line(text, &format!("{key}-Version"), &version);
        let applets = cap.applet.iter().flat_map(|component| &component.applets).zip(&labels.applets);
        let own = applets.filter(|(_, class)| {
            class.replace('.', "/").rsplit_once('/').is_some_and(|(package, _)| package == name)
        });
        for (number, (applet, class)) in own.enumerate() {
            let key = format!("{key}-Java-Card-Applet-{}", number + 1);
            applet_lines(text, &key, &applet.aid, Some(class));
        }
    }
}

fn colons(aid: &[u8]) -> String {
    let bytes: Vec<String> = aid.iter().map(|byte| format!("0x{byte:02X}")).collect();
    bytes.join(":")
}

/// A manifest's line has at most 72 bytes; what is longer goes on behind a space.
fn line(text: &mut String, key: &str, value: &str) {
    let mut room = 72 - key.len() - 2;
    let _ = write!(text, "{key}: ");
    for character in value.chars() {
        if character.len_utf8() > room {
            text.push_str("\r\n ");
            room = 71;
        }
        room -= character.len_utf8();
        text.push(character);
    }
    text.push_str("\r\n");
}
