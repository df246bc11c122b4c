//! Finding rows by what CAP files and class files call them.

use super::{CLASSES, ClassId, MEMBERS, MemberId, PACKAGES, PackageId};
use crate::Aid;

/// The package of an AID.
pub fn package_by_aid(aid: &Aid) -> Option<PackageId> {
    PACKAGES.iter().position(|package| package.aid == aid.as_bytes()).map(|row| PackageId(row as u16))
}

/// The package of a name with slashes.
pub fn package_by_name(name: &str) -> Option<PackageId> {
    PACKAGES.iter().position(|package| package.name == name).map(|row| PackageId(row as u16))
}

/// The class of a token in a package.
pub fn class_by_token(package: PackageId, token: u8) -> Option<ClassId> {
    package.get()?.classes().find(|id| id.get().is_some_and(|class| class.token == token))
}

/// The class of a full name with slashes.
pub fn class_by_name(name: &str) -> Option<ClassId> {
    find_class(name)
}

/// As [`class_by_name`], also in constants.
#[expect(clippy::indexing_slicing, reason = "constants have no iterators; the index is below the length")]
pub const fn find_class(name: &str) -> Option<ClassId> {
    let mut row = 0;
    while row < CLASSES.len() {
        if same(CLASSES[row].name, name) {
            return Some(ClassId(row as u16));
        }
        row += 1;
    }
    None
}

/// The member of a class, by its name and descriptor; also in constants.
#[expect(clippy::indexing_slicing, reason = "constants have no iterators; the index is below the length")]
pub const fn find_member(class: &str, name: &str, descriptor: &str) -> Option<MemberId> {
    let Some(ClassId(class)) = find_class(class) else { return None };
    let members = &CLASSES[class as usize].members;
    let mut row = members.start;
    while row < members.end {
        let member = &MEMBERS[row as usize];
        if same(member.name, name) && same(member.descriptor, descriptor) {
            return Some(MemberId(row));
        }
        row += 1;
    }
    None
}

#[expect(clippy::indexing_slicing, reason = "constants have no iterators; the index is below both lengths")]
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    const ARRAY_COPY: Option<MemberId> = find_member("javacard/framework/Util", "arrayCopy", "([BS[BSS)S");

    #[test]
    fn names_and_tokens_lead_to_the_same_rows() {
        for id in packages() {
            let package = id.get().unwrap();
            assert_eq!(package_by_name(package.name), Some(id));
            assert_eq!(package_by_aid(&package.aid().unwrap()), Some(id));
            assert!(package.newest().is_some());
            for class_id in package.classes() {
                let class = class_id.get().unwrap();
                assert_eq!(class.package, id);
                assert_eq!(class_by_name(class.name), Some(class_id));
                assert_eq!(class_by_token(id, class.token), Some(class_id));
            }
        }
    }

    #[test]
    fn no_token_is_given_twice_in_its_space() {
        for class in classes().filter_map(ClassId::get) {
            for id in class.members() {
                let member = id.get().unwrap();
                let found = match member.kind {
                    MemberKind::Constant => continue,
                    MemberKind::StaticField => class.static_field(member.token),
                    MemberKind::StaticMethod => class.static_method(member.token),
                    MemberKind::VirtualMethod => class.virtual_method(member.token),
                    MemberKind::InterfaceMethod => class.interface_method(member.token),
                };
                assert_eq!(found, Some(id), "{}.{}{}", class.name, member.name, member.descriptor);
            }
        }
    }

    #[test]
    fn members_are_found_in_constants() {
        let member = ARRAY_COPY.unwrap().get().unwrap();
        assert_eq!((member.token, member.kind), (1, MemberKind::StaticMethod));
        assert_eq!(find_member("javacard/framework/Util", "arrayCopy", "()V"), None);
    }

    #[test]
    fn no_class_has_a_member_that_its_package_lacked_then() {
        for class in classes().filter_map(ClassId::get) {
            let package = class.package.get().unwrap();
            for api in ApiVersion::TARGETS {
                if class.since <= api && api >= ApiVersion::V3_0_5 {
                    assert!(package.version(api).is_some(), "{} in {api}", class.name);
                }
            }
        }
    }

    #[test]
    fn inheritance_follows_superclasses_and_interfaces() {
        let id = |name| class_by_name(name).unwrap();
        assert!(id("javacard/framework/ISOException").is_a(id("java/lang/Throwable")));
        assert!(id("javacard/framework/OwnerPIN").is_a(id("javacard/framework/PIN")));
        assert!(!id("javacard/framework/OwnerPIN").is_a(id("javacard/framework/Applet")));
        let reason = find_member("javacard/framework/ISOException", "getReason", "()S").unwrap();
        let above = reason.of_superclass().unwrap().get().unwrap();
        assert_eq!(above.class, id("javacard/framework/CardRuntimeException"));
    }
}
