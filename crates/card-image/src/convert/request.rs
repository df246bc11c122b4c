//! What is asked of the converter, and what it gives back.

use super::diagnostic::{Diagnostic, Problem};
use crate::Aid;
use crate::cap::{CapFile, MethodOffset, PackageInfo, StaticResource, Version};
use crate::export::{ExportFile, ExportSet};
use crate::jar::Entry;

/// What is to be converted, and into what.
#[derive(Clone, Debug)]
pub struct ConvertRequest<'a> {
    /// Class files, those of other packages included: they are left out. Names are for messages.
    pub classes: &'a [Entry],
    /// The package's name as the source has it, `org.medseal.identity`.
    pub package: &'a str,
    /// The package's AID.
    pub aid: Aid,
    /// The package's version.
    pub version: Version,
    /// The applets; none makes the package a library.
    pub applets: &'a [AppletRequest],
    /// The packages that can be imported: the API of the release converted for, and those of export files.
    pub exports: &'a ExportSet,
    /// What is done about `int`.
    pub int: IntSupport,
}

/// Several packages that become one file in the extended form, which a card of release 3.1 or later may take.
#[derive(Clone, Debug)]
pub struct ExtendedRequest<'a> {
    /// Class files, those of other packages included: they are left out. Names are for messages.
    pub classes: &'a [Entry],
    /// AID and version of the file, by which it is loaded and deleted.
    pub file: PackageInfo,
    /// The packages.
    pub packages: &'a [PackageRequest<'a>],
    /// The applets, each with its class's full name; a package without applets is a library.
    pub applets: &'a [AppletRequest],
    /// The packages that can be imported: the API of the release converted for, and those of export files.
    pub exports: &'a ExportSet,
    /// What is done about `int`.
    pub int: IntSupport,
}

/// A package of an extended file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageRequest<'a> {
    /// Its name as the source has it.
    pub name: &'a str,
    /// Whether other files can import it.
    pub visibility: Visibility,
}

/// Who can import a package of an extended file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody, by this AID and version.
    Public(PackageInfo),
    /// The packages of the same file.
    Private,
}

/// What a file carries besides code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Static resources, for cards of release 3.1 or later.
    pub resources: &'a [StaticResource],
    /// Whether there is a Debug component.
    pub debug: DebugInformation,
}

/// Whether names, lines and variables of the source go into the file. They stay off the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DebugInformation {
    /// They do not.
    #[default]
    LeftOut,
    /// They do, as far as the compiler told them (`javac -g`).
    Included,
}

/// An applet of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppletRequest {
    /// Its AID.
    pub aid: Aid,
    /// Its class as the source names it, with or without the package.
    pub class: String,
}

/// When 32-bit instructions may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntSupport {
    /// When the package declares an `int` somewhere; otherwise an intermediate value that may need 32 bits is
    /// an error.
    #[default]
    WhenDeclared,
    /// Never: a declared `int` is an error wherever 16 bits are not enough for it.
    Never,
}

/// What a package became.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The package for cards.
    pub cap: CapFile,
    /// The package for those who use it.
    pub export: ExportFile,
    /// The methods in the order of the Method component.
    pub methods: Vec<MethodSymbol>,
}

/// What several packages became.
#[derive(Clone, Debug)]
pub struct ConvertedExtended {
    /// All packages for cards, public ones first, otherwise in the order of the request.
    pub cap: CapFile,
    /// The public packages for those who use them.
    pub exports: Vec<ExportFile>,
    /// The methods in the order of the Method component.
    pub methods: Vec<MethodSymbol>,
}

/// Where a method of the source is in the CAP file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodSymbol {
    /// Binary name of its class.
    pub class: String,
    /// Its name.
    pub name: String,
    /// Its descriptor.
    pub descriptor: String,
    /// Its place in the Method component.
    pub offset: MethodOffset,
    /// Bytes of bytecode; zero for an abstract method.
    pub length: u16,
}

/// The form of the file that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Compact,
    /// With AID and version of the file.
    Extended(PackageInfo),
}

/// A package to be converted, whatever the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnPackage {
    /// Its name with slashes.
    pub(super) name: String,
    /// Its AID and version, unless it is private.
    pub(super) public: Option<PackageInfo>,
    /// It has no applets, so all its public classes are for others.
    pub(super) is_library: bool,
}

/// Either request.
#[derive(Clone, Debug)]
pub(super) struct Task<'a> {
    pub(super) classes: &'a [Entry],
    pub(super) form: Form,
    /// Public ones first.
    pub(super) packages: Vec<OwnPackage>,
    /// AIDs and binary names of classes.
    pub(super) applets: Vec<(Aid, String)>,
    pub(super) exports: &'a ExportSet,
    pub(super) int: IntSupport,
    pub(super) extras: Extras<'a>,
}

impl<'a> Task<'a> {
    pub(super) fn compact(request: &ConvertRequest<'a>, extras: Extras<'a>) -> Self {
        let name = slashes(request.package);
        let info = PackageInfo { version: request.version, aid: request.aid };
        let class = |applet: &AppletRequest| {
            let class = slashes(&applet.class);
            let class = if class.contains('/') { class } else { format!("{name}/{class}") };
            (applet.aid, class)
        };
        let package =
            OwnPackage { name: name.clone(), public: Some(info), is_library: request.applets.is_empty() };
        Self {
            classes: request.classes,
            form: Form::Compact,
            packages: vec![package],
            applets: request.applets.iter().map(class).collect(),
            exports: request.exports,
            int: request.int,
            extras,
        }
    }

    pub(super) fn extended(request: &ExtendedRequest<'a>, extras: Extras<'a>) -> Self {
        let applets: Vec<(Aid, String)> =
            request.applets.iter().map(|applet| (applet.aid, slashes(&applet.class))).collect();
        let package = |package: &PackageRequest<'_>| {
            let name = slashes(package.name);
            let is_library = !applets.iter().any(|(_, class)| package_of(class) == name);
            let public = match package.visibility {
                Visibility::Public(info) => Some(info),
                Visibility::Private => None,
            };
            OwnPackage { name, public, is_library }
        };
        let mut packages: Vec<OwnPackage> = request.packages.iter().map(package).collect();
        packages.sort_by_key(|package| package.public.is_none());
        Self {
            classes: request.classes,
            form: Form::Extended(request.file),
            packages,
            applets,
            exports: request.exports,
            int: request.int,
            extras,
        }
    }
}

fn slashes(name: &str) -> String {
    name.replace('.', "/")
}

/// The package of a class by its binary name.
pub(super) fn package_of(class: &str) -> &str {
    class.rsplit_once('/').map_or("", |(package, _)| package)
}

/// A finding that is about no class.
pub(super) fn general(problem: Problem) -> Diagnostic {
    Diagnostic { class: String::new(), file: None, line: None, problem }
}
