//! Packages and instances: INSTALL for load, install and make selectable, LOAD, DELETE (11.5, 11.6, 11.2).

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::heap::{Atomicity, Depth, Kind, Standing};
use card_vm::package::MethodIndex;
use card_vm::{Deletion, Machine, Owner, Ref};

use super::install::{Fields, aid, done, wrong};
use super::keys::KeyName;
use super::rights::{self, Named};
use super::{Plain, keep_domain, keep_registry, load_file, tree};
use crate::apdu::Response;
use crate::calls;
use crate::crypto::{HashAlgorithm, Hasher};
use crate::env::SharedPackage;
use crate::library;
use crate::limits::{APPLETS, LOAD_FILE_MAX, PACKAGES};
use crate::natives::{Os, names};
use crate::registry::{AppletEntry, DomainId, PackageEntry, Privilege, Privileges, Traits, life_cycle};
use crate::runtime::{Installing, Runtime};
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag, find};

/// A load in progress, from INSTALL [for load] to the last LOAD.
pub(crate) struct LoadUnderWay {
    package: Aid,
    /// The domain that the package will be associated with.
    domain: DomainId,
    /// What the load file data block must hash to, if INSTALL said so.
    hash: Option<(HashAlgorithm, Vec<u8>)>,
    next_block: u8,
    bytes: Vec<u8>,
}

pub(super) fn install_for_load(
    runtime: &mut Runtime,
    actor: DomainId,
    package: Aid,
    domain: &[u8],
    hash: &[u8],
) -> Result<Response, StatusWord> {
    rights::may_manage(&runtime.registry, actor)?;
    let domain = match domain {
        [] => actor,
        name => {
            let named = runtime.registry.domain_named(name).map(|domain| domain.id);
            named.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?
        }
    };
    if !runtime.registry.is_under(domain, actor) || runtime.registry.knows(&package) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let hash = match hash.len() {
        0 => None,
        length => Some((hash_of_length(length).ok_or(StatusWord::WRONG_DATA)?, hash.to_vec())),
    };
    if runtime.registry.packages.len() >= PACKAGES {
        return Err(StatusWord::NO_MEMORY);
    }
    runtime.load = Some(LoadUnderWay { package, domain, hash, next_block: 0, bytes: Vec::new() });
    Ok(done())
}

/// The digest of so many bytes (C.2).
fn hash_of_length(length: usize) -> Option<HashAlgorithm> {
    [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
        .into_iter()
        .find(|algorithm| algorithm.length() == length)
}

/// LOAD: P1 bit 8 marks the last block, P2 counts them.
pub(super) fn load(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let mut under_way = os.runtime.load.take().ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    if command.p2 != under_way.next_block {
        return Err(StatusWord::WRONG_P1P2);
    }
    if under_way.bytes.len() + command.data.len() > LOAD_FILE_MAX {
        return Err(StatusWord::NO_MEMORY);
    }
    under_way.bytes.extend_from_slice(command.data);
    under_way.next_block = under_way.next_block.wrapping_add(1);
    if command.p1 & 0x80 == 0 {
        os.runtime.load = Some(under_way);
        return Ok(Response::ok(Vec::new()));
    }
    let file = data_block(&under_way.bytes)?;
    if let Some((algorithm, expected)) = &under_way.hash {
        let mut hasher = Hasher::new(*algorithm);
        hasher.update(file);
        if hasher.finish().as_ref() != expected {
            os.env.report(&"the load file does not hash to what INSTALL announced");
            return Err(StatusWord::WRONG_DATA);
        }
    }
    add_package(vm, os, under_way.package, under_way.domain, file)?;
    Ok(done())
}

/// The load file data block C4. Signatures before it (E2) are of domains that verify them, which none does here.
fn data_block(bytes: &[u8]) -> Result<&[u8], StatusWord> {
    let mut reader = Reader::new(bytes);
    let (tag, file) = reader.object().map_err(wrong)?;
    match tag {
        Tag(0xC4) if reader.is_empty() => Ok(file),
        Tag(0xE2) => Err(StatusWord::CONDITIONS_NOT_SATISFIED),
        Tag(_) => Err(StatusWord::WRONG_DATA),
    }
}

/// Reads, verifies and links a load file, and puts it on the card.
fn add_package(
    vm: &mut Machine,
    os: &mut Os<'_>,
    named: Aid,
    domain: DomainId,
    file: &[u8],
) -> Result<(), StatusWord> {
    let SharedPackage { package, file } = library::link(vm, os, file)?;
    let info = *package.info();
    if info.aid != named {
        os.env.report(&format_args!("the load file holds package {}, announced was {named}", info.aid));
        return Err(StatusWord::WRONG_DATA);
    }
    let slot = library::free_slot(vm).ok_or(StatusWord::NO_MEMORY)?;
    let modules = package.applets().iter().map(|applet| applet.aid).collect();
    let version = (info.version.major, info.version.minor);
    let entry = PackageEntry { aid: info.aid, version, slot, modules, domain };
    transaction(vm, os, |vm, os| {
        vm.load(slot.0, package).map_err(|error| {
            os.env.report(&error);
            StatusWord::NO_MEMORY
        })?;
        os.runtime.registry.packages.push(entry);
        vm.heap().set_blob(load_file(slot.0), Some(file)).map_err(|_| StatusWord::NO_MEMORY)
    })
    .inspect_err(|_| vm.unload(slot.0))
}

/// Runs a change of the card's content as one transaction over objects and registry.
fn transaction<T>(
    vm: &mut Machine,
    os: &mut Os<'_>,
    work: impl FnOnce(&mut Machine, &mut Os<'_>) -> Result<T, StatusWord>,
) -> Result<T, StatusWord> {
    let before = os.runtime.registry.clone();
    vm.heap().begin(Depth::Runtime).map_err(|_| StatusWord::UNKNOWN)?;
    let end = work(vm, os).and_then(|value| {
        keep_registry(vm, os.runtime).map_err(|_| StatusWord::NO_MEMORY)?;
        vm.heap().commit(Depth::Runtime).map_err(|_| StatusWord::UNKNOWN)?;
        Ok(value)
    });
    if end.is_err() {
        os.runtime.registry = before;
        // Nothing is open when the commit itself was refused.
        let _ = vm.heap().abort(Depth::Runtime);
    }
    end
}

/// What INSTALL [for install] asks for.
struct Request<'a> {
    instance: Aid,
    privileges: Privileges,
    /// As they came, which is how the applet gets them.
    privilege_bytes: &'a [u8],
    application_data: &'a [u8],
    domain: DomainId,
    state: u8,
}

impl Request<'_> {
    /// What `install` gets: instance AID, privileges, application data, each behind its length (JCRE 11.2; 9.3.6).
    fn install_data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for field in [self.instance.as_bytes(), self.privilege_bytes, self.application_data] {
            out.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(field);
        }
        out
    }
}

/// INSTALL [for install] of an applet, which is associated with the domain that installs it. The package must be the
/// domain's own, or of one that it is associated with.
pub(super) fn install_applet(
    vm: &mut Machine,
    os: &mut Os<'_>,
    actor: DomainId,
    fields: &Fields<'_>,
    state: u8,
) -> Result<Response, StatusWord> {
    let registry = &os.runtime.registry;
    rights::may_manage(registry, actor)?;
    let (name, module) = (aid(fields.first)?, aid(fields.second)?);
    let package = registry.package(&name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if !registry.is_under(package.domain, actor) && !registry.is_under(actor, package.domain) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let slot = package.slot;
    let linked = vm.package(slot.0).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let method = linked.applets().iter().find(|applet| applet.aid == module);
    let method = method.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.install;
    let instance = if fields.third.is_empty() { module } else { aid(fields.third)? };
    // An instance may have its package's name, but no other's.
    if instance != name && registry.knows(&instance)
        || registry.applet(&instance).is_some()
        || registry.domain_named(instance.as_bytes()).is_some()
    {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let privileges = fields.privileges()?;
    if privileges.has(Privilege::SecurityDomain) {
        return Err(StatusWord::WRONG_DATA);
    }
    tree::may_give(registry, actor, privileges)?;
    let application_data = fields.application_data()?;
    if registry.applets.len() >= APPLETS {
        return Err(StatusWord::NO_MEMORY);
    }
    let id = registry.free_applet_id().ok_or(StatusWord::NO_MEMORY)?;
    let privilege_bytes = fields.privileges;
    let request = Request { instance, privileges, privilege_bytes, application_data, domain: actor, state };
    os.runtime.installing = Some(Installing { aid: instance, object: Ref::NULL });
    let owner = Owner { context: slot, applet: id };
    let end = transaction(vm, os, |vm, os| make_instance(vm, os, owner, method, &request));
    os.runtime.installing = None;
    end.map(|()| done())
}

fn make_instance(
    vm: &mut Machine,
    os: &mut Os<'_>,
    owner: Owner,
    module: MethodIndex,
    request: &Request<'_>,
) -> Result<(), StatusWord> {
    let array = os.runtime.roots.install_data;
    let data = request.install_data();
    let length = i16::try_from(data.len()).map_err(|_| StatusWord::WRONG_DATA)?;
    vm.jcre().write(array, 0, &data, Atomicity::NonAtomic).map_err(|_| StatusWord::WRONG_DATA)?;
    // The context of the applet being installed is the selected one for as long (JCRE 11.2).
    let selected = vm.heap().selected();
    vm.heap().select(owner.context);
    let end = calls::install(vm, os, owner, module, length);
    vm.heap().select(selected);
    let _ = vm.jcre().fill(array, 0, length, 0, Atomicity::NonAtomic);
    end?;
    let object = os.runtime.installing.map_or(Ref::NULL, |installing| installing.object);
    if object.is_null() {
        os.env.report(&"install returned without having registered an applet");
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let aid_object = make_aid(vm, request.instance)?;
    let traits = Traits {
        multi_selectable: vm.is_instance(object, names::MULTI_SELECTABLE),
        extended_length: vm.is_instance(object, names::EXTENDED_LENGTH),
        applet_event: vm.is_instance(object, names::APPLET_EVENT),
        personalizable: vm.is_instance(object, names::APPLICATION),
    };
    os.runtime.registry.applets.push(AppletEntry {
        id: owner.applet,
        aid: request.instance,
        slot: owner.context,
        object,
        aid_object,
        life_cycle: request.state,
        privileges: request.privileges,
        traits,
        domain: request.domain,
    });
    Ok(())
}

/// Makes the runtime's `AID` object of an instance, a permanent entry point.
fn make_aid(vm: &mut Machine, aid: Aid) -> Result<Ref, StatusWord> {
    let make = |vm: &mut Machine| {
        let object = vm.make_instance(names::AID, Owner::JCRE)?;
        let length = i16::try_from(aid.as_bytes().len()).unwrap_or_default();
        let bytes = vm.make_array(Kind::Bytes, length, Owner::JCRE)?;
        vm.jcre().write(bytes, 0, aid.as_bytes(), Atomicity::Transactional)?;
        vm.jcre().set_reference(object, 0, bytes)?;
        vm.heap().set_standing(object, Standing::PermanentEntryPoint)?;
        Ok::<Ref, card_vm::Stop>(object)
    };
    make(vm).map_err(|_| StatusWord::NO_MEMORY)
}

/// INSTALL [for make selectable]; it may give other privileges than INSTALL [for install] did.
pub(super) fn make_selectable(
    vm: &mut Machine,
    runtime: &mut Runtime,
    actor: DomainId,
    fields: &Fields<'_>,
) -> Result<Response, StatusWord> {
    rights::may_manage(&runtime.registry, actor)?;
    // Two empty fields stand where install has package and module.
    let instance = aid(fields.third)?;
    if !rights::owns(&runtime.registry, actor, &instance) {
        return Err(StatusWord::REFERENCED_DATA_NOT_FOUND);
    }
    if !tree::make_selectable(&mut runtime.registry, instance.as_bytes())? {
        let privileges = fields.privileges()?;
        if !fields.privileges.is_empty() {
            tree::may_give(&runtime.registry, actor, privileges)?;
        }
        let applets = &mut runtime.registry.applets;
        let applet = applets.iter_mut().find(|applet| applet.aid == instance);
        let applet = applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        if applet.life_cycle != life_cycle::INSTALLED {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        applet.life_cycle = life_cycle::SELECTABLE;
        if privileges != Privileges::default() {
            applet.privileges = privileges;
        }
    }
    keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

/// DELETE (11.2): an instance, a package, a domain (4F), or keys of the domain (D0 identifier, D2 version). P2 80 takes a
/// package's instances with it (JCRE 11.3.4).
pub(super) fn delete(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>) -> Result<Response, StatusWord> {
    if command.p1 != 0 || command.p2 & 0x7F != 0 {
        return Err(StatusWord::WRONG_P1P2);
    }
    let Some(name) = find(command.data, Tag(0x4F)).map_err(wrong)? else {
        return delete_keys(vm, os.runtime, command);
    };
    let (name, actor) = (aid(name)?, command.domain);
    let registry = &os.runtime.registry;
    let named = rights::may_act_on(registry, actor, &name, Privilege::GlobalDelete)?;
    if !rights::has(registry, actor, Privilege::GlobalDelete) {
        rights::may_manage(registry, actor)?;
    }
    match named {
        Named::Domain(id) => return tree::delete(vm, os.runtime, id),
        Named::Applet(id) => {
            let applet = registry.applets.iter().find(|applet| applet.id == id).copied();
            delete_applet(vm, os, applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?)?;
        }
        Named::Package => delete_package(vm, os, &name, command.p2 & 0x80 != 0)?,
    }
    // The instances' AID objects may go now. Objects, load file and registry reach the journal in one group.
    os.runtime.deletion_requested = true;
    keep_registry(vm, os.runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

fn delete_applet(vm: &mut Machine, os: &mut Os<'_>, applet: AppletEntry) -> Result<(), StatusWord> {
    let owner = Owner { context: applet.slot, applet: applet.id };
    delete_objects(vm, os, &[applet], Deletion::Applets(&[owner]))?;
    os.runtime.registry.applets.retain(|other| other.id != applet.id);
    Ok(())
}

fn delete_package(
    vm: &mut Machine,
    os: &mut Os<'_>,
    name: &Aid,
    with_instances: bool,
) -> Result<(), StatusWord> {
    let registry = &os.runtime.registry;
    let slot = registry.package(name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.slot;
    let of_package = |applet: &&AppletEntry| applet.slot == slot;
    let instances: Vec<AppletEntry> = registry.applets.iter().filter(of_package).copied().collect();
    if !instances.is_empty() && !with_instances {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    if let Some(importer) = library::importer(vm, slot) {
        os.env.report(&format_args!("package {name} is imported by package {importer}"));
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    delete_objects(vm, os, &instances, Deletion::Package(slot.0))?;
    vm.heap().set_blob(load_file(slot.0), None).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    vm.unload(slot.0);
    os.runtime.registry.applets.retain(|applet| applet.slot != slot);
    os.runtime.registry.packages.retain(|other| other.slot != slot);
    Ok(())
}

/// DELETE of keys. The issuer's domain keeps at least one set, or nobody could manage the card again.
fn delete_keys(vm: &mut Machine, runtime: &mut Runtime, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let one = |tag| -> Result<Option<u8>, StatusWord> {
        match find(command.data, tag).map_err(wrong)? {
            None => Ok(None),
            Some(&[byte]) => Ok(Some(byte)),
            Some(_) => Err(StatusWord::WRONG_DATA),
        }
    };
    let name = KeyName { identifier: one(Tag(0xD0))?, version: one(Tag(0xD2))? };
    if name.identifier.is_none() && name.version.is_none() {
        return Err(StatusWord::WRONG_DATA);
    }
    let state = runtime.domains.get_mut(&command.domain).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let before = state.clone();
    if !state.keys.delete(name) {
        return Err(StatusWord::REFERENCED_DATA_NOT_FOUND);
    }
    if command.domain == DomainId::ISSUER && !state.keys.has_set() {
        *state = before;
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    keep_domain(vm, runtime, command.domain).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

/// Deletes what instances or their package own, unless one is selected somewhere or something else refers to it.
fn delete_objects(
    vm: &mut Machine,
    os: &mut Os<'_>,
    instances: &[AppletEntry],
    deletion: Deletion<'_>,
) -> Result<(), StatusWord> {
    if instances.iter().any(|applet| os.runtime.channels.is_selected(applet.id)) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    for applet in instances {
        calls::uninstall(vm, os, applet);
    }
    let held = os.runtime.held();
    vm.delete(deletion, &held).map_err(|refused| {
        os.env.report(&refused);
        StatusWord::CONDITIONS_NOT_SATISFIED
    })?;
    os.runtime.sessions.retain(|object| vm.heap().header(object).is_some());
    Ok(())
}
