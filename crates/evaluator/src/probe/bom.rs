//! A bill of materials: CycloneDX as JSON (1.4 and later; components with their package URLs, nested ones too), or a `Cargo.lock`.
//!
//! A component is known by ecosystem, name and version, as OSV names them. A component whose package URL says no ecosystem
//! that OSV has, or that has none, is kept apart: nothing can be said about it.

use super::limits;
use serde::Deserialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// A component as OSV would name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// Such as `crates.io`.
    pub ecosystem: String,
    /// Its name there.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A bill of materials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bom {
    /// What can be looked up.
    pub components: BTreeSet<Component>,
    /// Names of what cannot.
    pub unknown: Vec<String>,
}

/// Why it is none.
#[derive(Debug, Error)]
pub enum BomError {
    /// Not JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Not TOML.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// Neither kind.
    #[error("neither CycloneDX as JSON nor a Cargo.lock")]
    Neither,
    /// No component.
    #[error("it lists no component")]
    Empty,
    /// More than is read.
    #[error("more than {limit} components", limit = limits::COMPONENTS)]
    TooMany,
}

#[derive(Deserialize)]
struct CycloneDx {
    #[serde(rename = "bomFormat")]
    format: String,
    #[serde(default)]
    components: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(default)]
    purl: String,
    #[serde(default)]
    components: Vec<Listed>,
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

impl Bom {
    /// Reads either kind.
    ///
    /// # Errors
    /// [`BomError`]. A bill without components is one: it would find nothing.
    pub fn parse(text: &str) -> Result<Self, BomError> {
        let bom = if text.trim_start().starts_with('{') {
            let document: CycloneDx = serde_json::from_str(text)?;
            if document.format != "CycloneDX" {
                return Err(BomError::Neither);
            }
            let mut bom = Self::default();
            let mut open = document.components;
            while let Some(listed) = open.pop() {
                match Component::of_purl(&listed.purl) {
                    Some(component) => {
                        bom.components.insert(component);
                    }
                    None => bom.unknown.push(listed.name),
                }
                open.extend(listed.components);
            }
            bom
        } else if text.contains("[[package]]") {
            Self::of_lock(toml::from_str(text)?)
        } else {
            return Err(BomError::Neither);
        };
        match bom.components.len() + bom.unknown.len() {
            0 => Err(BomError::Empty),
            count if count > limits::COMPONENTS => Err(BomError::TooMany),
            _ => Ok(bom),
        }
    }

    /// Packages from the registry can be looked up; those of the product itself cannot.
    fn of_lock(lock: Lock) -> Self {
        let mut bom = Self::default();
        for Locked { name, version, source } in lock.package {
            if source.is_some_and(|source| source.starts_with("registry+")) {
                bom.components.insert(Component { ecosystem: "crates.io".into(), name, version });
            } else {
                bom.unknown.push(name);
            }
        }
        bom
    }
}

impl Component {
    /// Of a package URL, `pkg:TYPE/NAMESPACE/NAME@VERSION?QUALIFIERS#SUBPATH`.
    #[must_use]
    pub fn of_purl(purl: &str) -> Option<Self> {
        let rest = purl.strip_prefix("pkg:")?.split(['?', '#']).next()?;
        let (path, version) = rest.rsplit_once('@')?;
        let (kind, path) = path.split_once('/')?;
        let (path, version) = (decoded(path)?, decoded(version)?);
        let (namespace, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let (ecosystem, name) = match kind {
            "cargo" => ("crates.io", name.to_owned()),
            "npm" => ("npm", path.clone()),
            "pypi" => ("PyPI", name.to_lowercase().replace(['_', '.'], "-")),
            "golang" => ("Go", path.clone()),
            "maven" => ("Maven", format!("{namespace}:{name}")),
            "gem" => ("RubyGems", name.to_owned()),
            "nuget" => ("NuGet", name.to_owned()),
            "composer" => ("Packagist", path.clone()),
            "hex" => ("Hex", name.to_owned()),
            "pub" => ("Pub", name.to_owned()),
            "conan" => ("ConanCenter", name.to_owned()),
            "deb" if namespace == "debian" => ("Debian", name.to_owned()),
            "deb" if namespace == "ubuntu" => ("Ubuntu", name.to_owned()),
            "apk" => ("Alpine", name.to_owned()),
            _ => return None,
        };
        (!name.is_empty() && !version.is_empty()).then(|| Self { ecosystem: ecosystem.into(), name, version })
    }
}

/// Takes percent-encoding off; none if it is malformed or no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let value = digit(rest.next()?)? * 16 + digit(rest.next()?)?;
            bytes.push(u8::try_from(value).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{Bom, BomError, Component};

    #[test]
    fn package_urls_are_read_as_osv_names_packages() {
        for (purl, expected) in [
            ("pkg:cargo/rustls@0.23.1", Some("crates.io rustls 0.23.1")),
            ("pkg:npm/%40scope/name@1.0.0", Some("npm @scope/name 1.0.0")),
            ("pkg:maven/org.apache/log4j@2.14.1?type=jar", Some("Maven org.apache:log4j 2.14.1")),
            ("pkg:golang/github.com/gorilla/mux@v1.8.0", Some("Go github.com/gorilla/mux v1.8.0")),
            ("pkg:pypi/Some_Thing@2", Some("PyPI some-thing 2")),
            ("pkg:deb/debian/openssl@3.0.11-1~deb12u2?arch=amd64", Some("Debian openssl 3.0.11-1~deb12u2")),
            ("pkg:generic/x@1", None),
            ("pkg:cargo/rustls", None),
            ("pkg:npm/%4@1", None),
            ("rustls", None),
        ] {
            let found = Component::of_purl(purl);
            let found = found.map(|found| format!("{} {} {}", found.ecosystem, found.name, found.version));
            assert_eq!(found.as_deref(), expected, "{purl}");
        }
    }

    #[test]
    fn nested_components_and_lock_files_are_read_and_an_empty_bill_is_none() {
        let bom = r#"{"bomFormat":"CycloneDX","components":[{"name":"os","components":[{"name":"a","purl":"pkg:cargo/a@1.0.0"}]}]}"#;
        let bom = Bom::parse(bom).unwrap();
        assert_eq!((bom.components.len(), bom.unknown.as_slice()), (1, &["os".to_owned()][..]));
        let lock = "[[package]]\nname = \"me\"\nversion = \"0.1.0\"\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n";
        assert_eq!(Bom::parse(lock).unwrap().components.len(), 1);
        assert!(matches!(Bom::parse(r#"{"bomFormat":"CycloneDX"}"#), Err(BomError::Empty)));
        assert!(matches!(Bom::parse(r#"{"bomFormat":"SPDX"}"#), Err(BomError::Neither)));
        assert!(matches!(Bom::parse("hello"), Err(BomError::Neither)));
    }
}
