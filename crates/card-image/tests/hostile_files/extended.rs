//! What only an extended file can lie about: several packages, several blocks.

use card_image::cap::{
    CapFile, Constant, MethodBlock, MethodFlags, PackageExport, PublicPackage, ReferencePlaces,
    StaticMethodRef,
};

use super::find::{constant, descriptor, method};

pub(super) fn public_package_twice(cap: &mut CapFile) {
    cap.header.public[1].info = cap.header.public[0].info;
}

pub(super) fn package_not_described(cap: &mut CapFile) {
    let public = PublicPackage { info: cap.header.package, name: String::new() };
    cap.header.public.extend([public.clone(), public]);
}

pub(super) fn package_not_exported(cap: &mut CapFile) {
    cap.export.as_mut().unwrap().packages.pop();
}

pub(super) fn block_count_lies(cap: &mut CapFile) {
    cap.read_directory.as_mut().unwrap().block_count = Some(9);
}

pub(super) fn no_blocks(cap: &mut CapFile) {
    cap.method.blocks.clear();
}

pub(super) fn references_of_another_block(cap: &mut CapFile) {
    cap.reference_location.blocks.push(ReferencePlaces::default());
}

pub(super) fn install_in_another_block(cap: &mut CapFile) {
    cap.applet.as_mut().unwrap().applets[0].install.block = 1;
}

pub(super) fn call_into_another_block(cap: &mut CapFile) {
    let own = |constant: &Constant| matches!(constant, Constant::StaticMethod(StaticMethodRef::Internal(_)));
    if let Constant::StaticMethod(StaticMethodRef::Internal(place)) = constant(cap, own) {
        place.block = 1;
    }
}

pub(super) fn method_in_another_block(cap: &mut CapFile) {
    let copy = cap.method.blocks[0].code.clone();
    cap.method.blocks.push(MethodBlock { handlers: Vec::new(), code: copy });
    cap.reference_location.blocks.push(ReferencePlaces::default());
    cap.read_directory = None;
}

pub(super) fn private_package_exported(cap: &mut CapFile) {
    let hidden = descriptor(cap).packages[2].classes[0].this_class;
    let card_image::cap::ClassRef::Internal(place) = hidden else { panic!("{hidden}") };
    cap.export.as_mut().unwrap().packages[1].classes[0].class = place;
}

pub(super) fn class_of_applet_package_exported(cap: &mut CapFile) {
    let packages = &mut cap.export.as_mut().unwrap().packages;
    let library = packages[0].clone();
    packages[1] = PackageExport { classes: library.classes };
}

/// Another package's classes where those of a public package are described.
pub(super) fn packages_described_in_another_order(cap: &mut CapFile) {
    descriptor(cap).packages.swap(0, 2);
}

/// The constructors of the private package, which the applet calls, become package-visible.
pub(super) fn hidden_method_called_from_outside(cap: &mut CapFile) {
    let methods = descriptor(cap).packages[2].classes.iter_mut().flat_map(|class| &mut class.methods);
    methods.filter(|method| method.flags.is_init()).for_each(|method| method.flags = MethodFlags::INIT);
}

/// `Worker.hidden()` takes the token of `Box.hidden()`, of another package.
pub(super) fn hidden_method_overridden_from_outside(cap: &mut CapFile) {
    let hidden = method(cap, |method| method.token == Some(0x81));
    hidden.token = Some(0x80);
    let place = hidden.offset;
    for entry in &mut cap.class.entries {
        let card_image::cap::ClassEntry::Class(class) = entry else { continue };
        if class.package_methods.contains(&place) {
            class.package_method_table_base = 0;
            class.package_methods = vec![place];
        }
    }
}

pub(super) fn public_package_imported(cap: &mut CapFile) {
    let own = cap.header.public[0].info;
    cap.import.packages.push(own);
}
