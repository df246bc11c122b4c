//! Header, Directory, Import and StaticResources (JCVM 6.4, 6.5, 6.7, 6.16).

use alloc::format;

use crate::cap::limits::{MAX_PACKAGE_TOKEN, MAX_RESOURCE};
use crate::cap::{CapFile, ComponentTag};
use crate::export::ExportSet;
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::text;

/// Checks what a file says of itself and of what it needs.
pub(in crate::verify) fn check_files(cap: &CapFile, exports: &ExportSet, report: &mut Report) {
    check_flags(cap, report);
    check_directory(cap, report);
    check_imports(cap, exports, report);
    check_resources(cap, report);
}

fn check_flags(cap: &CapFile, report: &mut Report) {
    let flags = cap.header.flags;
    let rule = Rule::HeaderFlags;
    report.same(rule, ComponentTag::Header, "ACC_APPLET", cap.applet.is_some(), flags.has_applets());
    report.same(rule, ComponentTag::Header, "ACC_EXPORT", cap.export.is_some(), flags.has_export());
    if cap.applet.as_ref().is_some_and(|component| component.applets.is_empty()) {
        report.add(rule, ComponentTag::Applet, "an applet", "none");
    }
    if cap.export.as_ref().is_some_and(|component| component.classes().next().is_none()) {
        report.add(rule, ComponentTag::Export, "an exported class", "none");
    }
    check_packages(cap, report);
}

/// An extended file names its public packages in the Header, and describes and exports them in the same order. Private
/// packages are described behind them and export nothing (JCVM 6.4, 6.13, 6.14).
fn check_packages(cap: &CapFile, report: &mut Report) {
    if !cap.header.format.is_extended() {
        return;
    }
    let public = &cap.header.public;
    for (index, package) in public.iter().enumerate() {
        let aid = package.info.aid;
        if public.iter().take(index).any(|other| other.info.aid == aid) {
            report.add(Rule::Packages, ComponentTag::Header, "packages of distinct AIDs", text(aid));
        }
    }
    let described = cap.descriptor.as_ref().map(|descriptor| descriptor.packages.len());
    if described.is_some_and(|count| count == 0 || count < public.len()) {
        let expected = format!("at least {} packages", public.len().max(1));
        report.add(Rule::Packages, ComponentTag::Descriptor, expected, text(described.unwrap_or(0)));
    }
    if let Some(export) = &cap.export {
        let what = "packages";
        report.same(Rule::Packages, ComponentTag::Export, what, public.len(), export.packages.len());
    }
}

fn check_directory(cap: &CapFile, report: &mut Report) {
    let Some(read) = &cap.read_directory else { return };
    let computed = match cap.directory() {
        Ok(computed) => computed,
        Err(error) => {
            return report.add(Rule::DirectorySize, error.component, "a size that fits", text(error.reason));
        }
    };
    let rule = Rule::DirectorySize;
    for tag in ComponentTag::ALL {
        // debug information stays off the card, and older formats have no place for newer components
        let minor = cap.header.format.version().minor;
        let compared = match tag {
            ComponentTag::Debug => cap.debug.is_some() && minor >= 2,
            ComponentTag::StaticResources => minor >= 3,
            _ => true,
        };
        if compared {
            let what = format!("{tag} size");
            report.same(rule, ComponentTag::Directory, &what, computed.size(tag), read.size(tag));
        }
    }
    let mut count =
        |what, computed: u16, read: u16| report.same(rule, ComponentTag::Directory, what, computed, read);
    count("image_size", computed.image_size, read.image_size);
    count("array_init_count", computed.array_init_count, read.array_init_count);
    count("array_init_size", computed.array_init_size, read.array_init_size);
    count("import_count", computed.import_count.into(), read.import_count.into());
    count("applet_count", computed.applet_count.into(), read.applet_count.into());
    let blocks = |count: Option<u8>| count.unwrap_or_default().into();
    count("method_component_block_count", blocks(computed.block_count), blocks(read.block_count));
}

fn check_imports(cap: &CapFile, exports: &ExportSet, report: &mut Report) {
    let packages = &cap.import.packages;
    if packages.len() > usize::from(MAX_PACKAGE_TOKEN) + 1 {
        report.add(Rule::ImportMissing, ComponentTag::Import, "at most 128 packages", text(packages.len()));
    }
    for (index, import) in packages.iter().enumerate() {
        if packages.iter().take(index).any(|other| other.aid == import.aid)
            || cap.header.packages().any(|own| own.aid == import.aid)
        {
            report.add(
                Rule::ImportMissing,
                ComponentTag::Import,
                "each package once, not itself",
                text(import),
            );
        }
        match exports.package(&import.aid).and_then(|package| package.version()) {
            None => report.add(Rule::ImportMissing, ComponentTag::Import, "a known package", text(import)),
            Some(version) if !version.satisfies(import.version) => {
                report.add(
                    Rule::ImportMissing,
                    ComponentTag::Import,
                    format!("version {version} or older"),
                    text(import),
                );
            }
            Some(_) => {}
        }
    }
}

fn check_resources(cap: &CapFile, report: &mut Report) {
    let Some(component) = &cap.static_resources else { return };
    let tag = ComponentTag::StaticResources;
    if component.resources.is_empty() {
        report.add(Rule::Resource, tag, "a resource", "none");
    }
    for (index, resource) in component.resources.iter().enumerate() {
        if component.resources.iter().take(index).any(|other| other.id == resource.id) {
            report.add(Rule::Resource, tag, "distinct numbers", text(resource.id));
        }
        if resource.bytes.len() > MAX_RESOURCE as usize {
            report.add(
                Rule::Resource,
                tag,
                format!("at most {MAX_RESOURCE} bytes"),
                text(resource.bytes.len()),
            );
        }
    }
}
