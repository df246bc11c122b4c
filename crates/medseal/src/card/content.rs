//! `medseal card load`, `install`, `delete`, `list`: card content over a GlobalPlatform secure channel.

use super::open::{CardArguments, gp, session};
use super::progress::Watched;
use crate::applet::input::{aid, cap};
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::Aid;
use card_link::gp::{Entry, Installation, Kind, Related, Selectable};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// What to load.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card load my.card build/hello.cap")]
pub(crate) struct LoadOptions {
    #[command(flatten)]
    card: CardArguments,
    /// The CAP file: a JAR, or the bare load file
    cap: PathBuf,
}

/// What to install.
#[derive(Args)]
#[command(after_help = "Examples:
  medseal card install my.card                          the only applet that was loaded
  medseal card install my.card --applet F00000000101 --params 0102
  medseal card install my.card --applet F00000000101 --instance F00000000102 --privileges 04")]
pub(crate) struct InstallOptions {
    #[command(flatten)]
    card: CardArguments,
    /// AID of the loaded package (default: the only one that fits)
    #[arg(long, value_name = "HEX", value_parser = aid)]
    package: Option<Aid>,
    /// AID of the applet class in it (default: the only one that fits)
    #[arg(long, value_name = "HEX", value_parser = aid)]
    applet: Option<Aid>,
    /// AID of the instance (default: that of the applet)
    #[arg(long, value_name = "HEX", value_parser = aid)]
    instance: Option<Aid>,
    /// What the applet finds as application data in its install parameters
    #[arg(long, value_name = "HEX", default_value = "", value_parser = bytes)]
    params: Bytes,
    /// Privileges, one byte or three (GlobalPlatform 6.6.1); 04 makes it the applet selected by default
    #[arg(long, value_name = "HEX", default_value = "00", value_parser = bytes)]
    privileges: Bytes,
}

/// What to delete.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card delete my.card F000000001 --instances")]
pub(crate) struct DeleteOptions {
    #[command(flatten)]
    card: CardArguments,
    /// AID of the instance or package
    #[arg(value_parser = aid)]
    aid: Aid,
    /// With a package, delete its instances as well
    #[arg(long)]
    instances: bool,
}

/// What to list.
#[derive(Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    card: CardArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Bytes given in hexadecimal. A type of its own, since clap takes a bare vector for a repeated argument.
#[derive(Clone)]
struct Bytes(Vec<u8>);

fn bytes(text: &str) -> Result<Bytes, String> {
    hex::decode(text).map(Bytes).map_err(|error| format!("'{text}': {error}"))
}

/// Loads a package.
pub(crate) fn load(options: &LoadOptions) -> Outcome {
    let cap = cap(&options.cap)?;
    let package = cap.header.package.aid;
    let file =
        cap.to_load_file().map_err(|error| Problem::Input(format!("{}: {error}", options.cap.display())))?;
    let keys = options.card.read_keys()?;
    let mut card = Watched::new(options.card.open()?, file.len());
    session(&mut card, &keys)?.load(&package, &file).map_err(|error| gp(&error))?;
    drop(card);
    print::note(&format!("loaded package {package}, {} bytes", file.len()));
    Ok(())
}

/// Makes an instance of an applet.
pub(crate) fn install(options: &InstallOptions) -> Outcome {
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    let mut session = session(&mut card, &keys)?;
    let (package, applet) = match (options.package, options.applet) {
        (Some(package), Some(applet)) => (package, applet),
        (package, applet) => {
            only_module(&session.list().map_err(|error| gp(&error))?, package.as_ref(), applet.as_ref())?
        }
    };
    let instance = options.instance.unwrap_or(applet);
    let installation = Installation {
        package: &package,
        applet: &applet,
        instance: &instance,
        privileges: &options.privileges.0,
        parameters: &options.params.0,
        selectable: Selectable::Now,
    };
    session.install_as(&installation).map_err(|error| gp(&error))?;
    print::note(&format!("installed {instance}"));
    Ok(())
}

/// The one applet class on the card that fits what was said of it, with its package.
fn only_module(entries: &[Entry], package: Option<&Aid>, applet: Option<&Aid>) -> Outcome<(Aid, Aid)> {
    let packages = entries.iter().filter(|entry| package.is_none_or(|package| entry.aid == *package));
    let modules = packages.flat_map(|entry| entry.modules.iter().map(|module| (entry.aid, *module)));
    let fitting: Vec<(Aid, Aid)> =
        modules.filter(|(_, module)| applet.is_none_or(|applet| module == applet)).collect();
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => {
            Err(Problem::No("no loaded package has such an applet; load one with 'medseal card load'".into()))
        }
        [_, _, ..] => {
            let names: Vec<String> = fitting
                .iter()
                .map(|(package, applet)| format!("--package {package} --applet {applet}"))
                .collect();
            Err(Problem::Input(format!("several applets fit; say which: {}", names.join(", or "))))
        }
    }
}

/// Deletes an instance or a package.
pub(crate) fn delete(options: &DeleteOptions) -> Outcome {
    let related = if options.instances { Related::Instances } else { Related::Nothing };
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    session(&mut card, &keys)?.delete(&options.aid, related).map_err(|error| gp(&error))?;
    print::note(&format!("deleted {}", options.aid));
    Ok(())
}

/// One line of `card list`.
#[derive(Serialize)]
struct Line {
    kind: &'static str,
    aid: String,
    life_cycle: String,
    state: String,
    privileges: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    applets: Vec<String>,
}

/// Lists the card's registry.
pub(crate) fn list(options: &ListOptions) -> Outcome {
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    let entries = session(&mut card, &keys)?.list().map_err(|error| gp(&error))?;
    let lines: Vec<Line> = entries.iter().map(line).collect();
    if options.json {
        print::json(&lines);
        return Ok(());
    }
    for line in lines {
        let version = line.version.map_or_else(String::new, |version| format!("  version {version}"));
        let package = line.package.map_or_else(String::new, |package| format!("  of {package}"));
        let applets = if line.applets.is_empty() {
            String::new()
        } else {
            format!("  applets {}", line.applets.join(" "))
        };
        print::result(&format!(
            "{:12} {}  state {} {}{version}{package}{applets}",
            line.kind, line.aid, line.life_cycle, line.state
        ));
    }
    Ok(())
}

fn line(entry: &Entry) -> Line {
    Line {
        kind: match entry.kind {
            Kind::IssuerDomain => "issuer",
            Kind::Domain => "domain",
            Kind::Application => "application",
            Kind::Package => "package",
        },
        aid: entry.aid.to_string(),
        life_cycle: format!("{:02X}", entry.life_cycle),
        state: entry.state(),
        privileges: hex::encode_upper(&entry.privileges),
        domain: entry.domain.map(|aid| aid.to_string()),
        package: entry.package.map(|aid| aid.to_string()),
        version: entry.version.map(|(major, minor)| format!("{major}.{minor}")),
        applets: entry.modules.iter().map(ToString::to_string).collect(),
    }
}
