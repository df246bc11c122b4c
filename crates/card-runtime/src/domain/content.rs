//! INSTALL, LOAD, DELETE (11.5, 11.6, 11.2).

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::heap::{Atomicity, Depth, Kind, Standing};
use card_vm::package::MethodIndex;
use card_vm::{Deletion, Machine, Owner, Ref};

use super::{Plain, keep_registry, load_file};
use crate::apdu::Response;
use crate::calls;
use crate::env::SharedPackage;
use crate::library;
use crate::limits::{APPLETS, INSTALL_PARAMETERS_MAX, LOAD_FILE_MAX, PACKAGES};
use crate::natives::{Os, names};
use crate::registry::{AppletEntry, PackageEntry, Traits, life_cycle};
use crate::runtime::{Installing, Runtime};
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag, TlvError, find};

/// A load in progress, from INSTALL [for load] to the last LOAD.
pub(crate) struct LoadUnderWay {
    package: Aid,
    next_block: u8,
    bytes: Vec<u8>,
}

fn wrong(_: TlvError) -> StatusWord {
    StatusWord::WRONG_DATA
}

fn aid(bytes: &[u8]) -> Result<Aid, StatusWord> {
    Aid::new(bytes).map_err(|_| StatusWord::WRONG_DATA)
}

/// The answer to all of these: no confirmation follows.
fn done() -> Response {
    Response::ok(Vec::from([0]))
}

/// INSTALL in its forms: P1 02 for load, 04 for install, 08 for make selectable, 0C both.
pub(super) fn install(
    vm: &mut Machine,
    os: &mut Os<'_>,
    command: &Plain<'_>,
) -> Result<Response, StatusWord> {
    match command.p1 {
        0x02 => install_for_load(os.runtime, command.data),
        0x04 => install_for_install(vm, os, command.data, life_cycle::INSTALLED),
        0x0C => install_for_install(vm, os, command.data, life_cycle::SELECTABLE),
        0x08 => make_selectable(vm, os.runtime, command.data),
        _ => Err(StatusWord::WRONG_P1P2),
    }
}

fn install_for_load(runtime: &mut Runtime, data: &[u8]) -> Result<Response, StatusWord> {
    let mut reader = Reader::new(data);
    let package = aid(reader.field().map_err(wrong)?)?;
    let domain = reader.field().map_err(wrong)?;
    // Hash, parameters and token may be there; nothing here needs them.
    for _ in 0..3 {
        reader.field().map_err(wrong)?;
    }
    if !domain.is_empty() && domain != runtime.identity.aid.as_bytes() {
        return Err(StatusWord::REFERENCED_DATA_NOT_FOUND);
    }
    if runtime.registry.knows(&package) || package == runtime.identity.aid {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    if runtime.registry.packages.len() >= PACKAGES {
        return Err(StatusWord::NO_MEMORY);
    }
    runtime.load = Some(LoadUnderWay { package, next_block: 0, bytes: Vec::new() });
    Ok(done())
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
    let file = find(&under_way.bytes, Tag(0xC4)).map_err(wrong)?.ok_or(StatusWord::WRONG_DATA)?;
    add_package(vm, os, under_way.package, file)?;
    Ok(done())
}

/// Reads, verifies and links a load file, and puts it on the card.
fn add_package(vm: &mut Machine, os: &mut Os<'_>, named: Aid, file: &[u8]) -> Result<(), StatusWord> {
    let SharedPackage { package, file } = library::link(vm, os, file)?;
    let info = *package.info();
    if info.aid != named {
        os.env.report(&format_args!("the load file holds package {}, announced was {named}", info.aid));
        return Err(StatusWord::WRONG_DATA);
    }
    let slot = library::free_slot(vm).ok_or(StatusWord::NO_MEMORY)?;
    let modules = package.applets().iter().map(|applet| applet.aid).collect();
    let entry =
        PackageEntry { aid: info.aid, version: (info.version.major, info.version.minor), slot, modules };
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

/// The fields of INSTALL [for install] (table 11-42).
struct Request<'a> {
    package: Aid,
    module: Aid,
    instance: Aid,
    privileges: &'a [u8],
    application_data: &'a [u8],
}

impl<'a> Request<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, StatusWord> {
        let mut reader = Reader::new(data);
        let package = aid(reader.field().map_err(wrong)?)?;
        let module = aid(reader.field().map_err(wrong)?)?;
        let instance = reader.field().map_err(wrong)?;
        let instance = if instance.is_empty() { module } else { aid(instance)? };
        let privileges = reader.field().map_err(wrong)?;
        let parameters_length = reader.length().map_err(wrong)?;
        let parameters = reader.take(parameters_length).map_err(wrong)?;
        // The token's length, which is zero without delegated management.
        if reader.byte().map_err(wrong)? != 0 || !reader.is_empty() {
            return Err(StatusWord::WRONG_DATA);
        }
        let application_data = find(parameters, Tag(0xC9)).map_err(wrong)?.unwrap_or_default();
        if application_data.len() > INSTALL_PARAMETERS_MAX {
            return Err(StatusWord::WRONG_DATA);
        }
        Ok(Self { package, module, instance, privileges, application_data })
    }

    /// What `install` gets: instance AID, privileges, application data, each behind its length (JCRE 11.2; 9.3.6).
    fn install_data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for field in [self.instance.as_bytes(), self.privileges, self.application_data] {
            out.push(u8::try_from(field.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(field);
        }
        out
    }
}

fn install_for_install(
    vm: &mut Machine,
    os: &mut Os<'_>,
    data: &[u8],
    state: u8,
) -> Result<Response, StatusWord> {
    let request = Request::parse(data)?;
    let registry = &os.runtime.registry;
    let package = registry.package(&request.package).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let slot = package.slot;
    let linked = vm.package(slot.0).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let module = linked.applets().iter().find(|applet| applet.aid == request.module);
    let module = module.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.install;
    if registry.applet(&request.instance).is_some() || request.instance == os.runtime.identity.aid {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    // No applet gets a privilege: what they would allow does not exist here.
    if request.privileges.iter().any(|byte| *byte != 0) {
        return Err(StatusWord::WRONG_DATA);
    }
    if registry.applets.len() >= APPLETS {
        return Err(StatusWord::NO_MEMORY);
    }
    let id = registry.free_applet_id().ok_or(StatusWord::NO_MEMORY)?;
    os.runtime.installing = Some(Installing { aid: request.instance, object: Ref::NULL });
    let owner = Owner { context: slot, applet: id };
    let end = transaction(vm, os, |vm, os| make_instance(vm, os, owner, module, &request, state));
    os.runtime.installing = None;
    end.map(|()| done())
}

fn make_instance(
    vm: &mut Machine,
    os: &mut Os<'_>,
    owner: Owner,
    module: MethodIndex,
    request: &Request<'_>,
    state: u8,
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
    };
    os.runtime.registry.applets.push(AppletEntry {
        id: owner.applet,
        aid: request.instance,
        slot: owner.context,
        object,
        aid_object,
        life_cycle: state,
        privileges: [0; 3],
        traits,
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

/// INSTALL [for make selectable].
fn make_selectable(vm: &mut Machine, runtime: &mut Runtime, data: &[u8]) -> Result<Response, StatusWord> {
    let mut reader = Reader::new(data);
    // Two empty fields stand where install has package and module.
    reader.field().map_err(wrong)?;
    reader.field().map_err(wrong)?;
    let instance = aid(reader.field().map_err(wrong)?)?;
    let applets = &mut runtime.registry.applets;
    let applet = applets.iter_mut().find(|applet| applet.aid == instance);
    let applet = applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if applet.life_cycle != life_cycle::INSTALLED {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    applet.life_cycle = life_cycle::SELECTABLE;
    keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

/// DELETE of an instance or a package; P2 80 takes a package's instances with it (JCRE 11.3.4).
pub(super) fn delete(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let name = find(command.data, Tag(0x4F)).map_err(wrong)?.ok_or(StatusWord::WRONG_DATA)?;
    let name = aid(name)?;
    let registry = &os.runtime.registry;
    if let Some(applet) = registry.applet(&name).copied() {
        let owner = Owner { context: applet.slot, applet: applet.id };
        delete_objects(vm, os, &[applet], Deletion::Applets(&[owner]))?;
        os.runtime.registry.applets.retain(|other| other.id != applet.id);
    } else {
        let package = registry.package(&name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        let slot = package.slot;
        let of_package = |applet: &&AppletEntry| applet.slot == slot;
        let instances: Vec<AppletEntry> = registry.applets.iter().filter(of_package).copied().collect();
        if !instances.is_empty() && command.p2 & 0x80 == 0 {
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
    }
    // The instances' AID objects may go now. Objects, load file and registry reach the journal in one group.
    os.runtime.deletion_requested = true;
    keep_registry(vm, os.runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
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
