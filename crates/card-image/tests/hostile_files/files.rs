//! Header, Directory, Import, Applet and StaticResources.

use card_image::cap::{CapFile, CapFormat, Directory, PackageFlags, StaticResource, StaticResources};

use super::find::{method, moved};

fn directory(cap: &mut CapFile) -> &mut Directory {
    cap.read_directory.as_mut().unwrap()
}

pub(super) fn applet_flag_without_applets(cap: &mut CapFile) {
    cap.header.flags.0 ^= PackageFlags::APPLET.0;
}

pub(super) fn export_component_missing(cap: &mut CapFile) {
    cap.export = None;
}

pub(super) fn directory_lies_about_methods(cap: &mut CapFile) {
    directory(cap).sizes[6] -= 1;
}

pub(super) fn directory_lies_about_applets(cap: &mut CapFile) {
    directory(cap).applet_count = 200;
}

pub(super) fn directory_lies_about_imports(cap: &mut CapFile) {
    directory(cap).import_count = 0;
}

pub(super) fn directory_lies_about_statics(cap: &mut CapFile) {
    directory(cap).image_size = 0xFFFF;
}

pub(super) fn unknown_package_imported(cap: &mut CapFile) {
    cap.import.packages[0].aid = "A0000000620099".parse().unwrap();
}

pub(super) fn newer_package_imported(cap: &mut CapFile) {
    cap.import.packages[0].version.major += 1;
}

pub(super) fn package_imported_twice(cap: &mut CapFile) {
    let first = cap.import.packages[0];
    cap.import.packages.push(first);
}

pub(super) fn own_package_imported(cap: &mut CapFile) {
    let own = cap.header.package;
    cap.import.packages.push(own);
}

pub(super) fn applet_of_another_vendor(cap: &mut CapFile) {
    cap.applet.as_mut().unwrap().applets[0].aid = "A000000001".parse().unwrap();
}

pub(super) fn two_applets_of_one_name(cap: &mut CapFile) {
    let applets = &mut cap.applet.as_mut().unwrap().applets;
    applets.push(applets[0]);
}

pub(super) fn install_inside_of_a_method(cap: &mut CapFile) {
    let applet = &mut cap.applet.as_mut().unwrap().applets[0];
    applet.install = moved(applet.install, 2);
}

pub(super) fn install_is_a_constructor(cap: &mut CapFile) {
    let constructor = method(cap, |method| method.flags.is_init()).offset;
    cap.applet.as_mut().unwrap().applets[0].install = constructor;
}

/// A file in a format that can have resources, with these.
fn with_resources(cap: &mut CapFile, resources: Vec<StaticResource>) {
    assert_eq!(cap.header.format, CapFormat::V2_3);
    cap.static_resources = Some(StaticResources { resources });
    cap.read_directory = None;
}

pub(super) fn empty_resources(cap: &mut CapFile) {
    with_resources(cap, Vec::new());
}

pub(super) fn resource_twice(cap: &mut CapFile) {
    with_resources(cap, vec![StaticResource { id: 5, bytes: vec![1] }; 2]);
}

pub(super) fn oversize_resource(cap: &mut CapFile) {
    with_resources(cap, vec![StaticResource { id: 5, bytes: vec![0; 32_768] }]);
}
