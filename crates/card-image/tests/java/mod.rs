//! From Java sources to a CAP file, by the real compiler and our converter.

mod compile;

use std::path::PathBuf;

use card_image::Aid;
use card_image::cap::Version;
use card_image::convert::{AppletRequest, ConvertRequest, Converted, IntSupport, convert};
use card_image::export::ExportSet;
pub(crate) use compile::compile;

/// A package's sources and what becomes of them.
pub(crate) struct Package<'a> {
    /// The folder with the sources, at any depth.
    pub(crate) folder: PathBuf,
    /// The name of the package.
    pub(crate) name: &'a str,
    /// Its AID.
    pub(crate) aid: &'a str,
    /// The classes of its applets; their AIDs are the package's and a number.
    pub(crate) applets: &'a [&'a str],
}

impl Package<'_> {
    /// Compiles and converts.
    pub(crate) fn convert(&self, exports: &ExportSet) -> Converted {
        let classes = compile(&self.folder, exports.api());
        let aid: Aid = self.aid.parse().unwrap();
        let applets: Vec<AppletRequest> = (1u8..)
            .zip(self.applets)
            .map(|(number, class)| AppletRequest {
                aid: Aid::new(&[aid.as_bytes(), &[number]].concat()).unwrap(),
                class: (*class).to_owned(),
            })
            .collect();
        let request = ConvertRequest {
            classes: &classes,
            package: self.name,
            aid,
            version: Version { major: 1, minor: 0 },
            applets: &applets,
            exports,
            int: IntSupport::WhenDeclared,
        };
        convert(&request).unwrap_or_else(|findings| {
            let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
            panic!("{}: {}", self.name, findings.join("\n"))
        })
    }
}
