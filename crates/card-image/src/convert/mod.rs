//! The converter: the class files of one package, or of several, become a CAP file and export files.
//!
//! Java's stack machine computes in 32 bits, a card's in 16. What makes the difference is decided value by value
//! in `width`, from intervals that a data-flow analysis finds; all else is renumbering: names become tokens,
//! local variables 16-bit words, constants a pool that is shared by the package. The way of a package:
//!
//! ```text
//! class files ─► world (order, tokens, tables) ─► statics (image)
//!       each method: java (decode) ─► flow (intervals) ─► width ─► emit ─► items
//! items ─► pool (indexes) ─► assemble ─► layout (blocks), components, descriptor, exports, debug
//! ```
//!
//! The input is a compiler's output: what is wrong with it is reported with file and line, as many findings as
//! there are. Hostile class files give findings too, never a panic.

mod assemble;
mod code;
mod components;
mod debug;
mod descriptor;
mod diagnostic;
mod emit;
mod execute;
mod exports;
mod flow;
mod forms;
mod intervals;
mod java;
mod layout;
mod locals;
mod members;
mod method;
mod pool;
mod references;
mod request;
mod statics;
mod types;
mod virtuals;
mod width;
mod world;

pub use diagnostic::{Diagnostic, Problem};
pub use request::{
    AppletRequest, ConvertRequest, Converted, ConvertedExtended, DebugInformation, ExtendedRequest, Extras,
    IntSupport, MethodSymbol, PackageRequest, Visibility,
};

use self::components::{Builder, Converted as Body, MethodKey};
use self::method::{IntPolicy, at, at_class, convert_method, declares_int};
use self::pool::PoolBuilder;
use self::request::{Form, Task, general, package_of};
use self::types::Signature;
use self::world::{Role, World};
use crate::Aid;
use crate::api::ApiVersion;
use crate::cap::{
    AppletComponent, AppletEntry, CapFile, CapFormat, Header, PackageFlags, PublicPackage, StaticResources,
};
use crate::classfile::{ClassFile, access};
use crate::export::ExportFile;

/// Converts a package.
///
/// # Errors
/// All that was found wrong, in the order of classes and lines.
pub fn convert(request: &ConvertRequest<'_>) -> Result<Converted, Vec<Diagnostic>> {
    convert_with(request, Extras::default())
}

/// Converts a package, with resources or debug information.
///
/// # Errors
/// As [`convert`].
pub fn convert_with(request: &ConvertRequest<'_>, extras: Extras<'_>) -> Result<Converted, Vec<Diagnostic>> {
    let made = convert_task(&Task::compact(request, extras))?;
    let empty = || vec![general(Problem::EmptyPackage(request.package.to_owned()))];
    let export = made.exports.into_iter().next().ok_or_else(empty)?;
    Ok(Converted { cap: made.cap, export, methods: made.methods })
}

/// Converts packages to one extended file.
///
/// # Errors
/// As [`convert`].
pub fn convert_extended(
    request: &ExtendedRequest<'_>,
    extras: Extras<'_>,
) -> Result<ConvertedExtended, Vec<Diagnostic>> {
    convert_task(&Task::extended(request, extras))
}

fn convert_task(task: &Task<'_>) -> Result<ConvertedExtended, Vec<Diagnostic>> {
    check_release(task)?;
    let files = class_files(task)?;
    let policy = IntPolicy { never: task.int == IntSupport::Never, declared: files.iter().any(declares_int) };
    let sources: Vec<ClassFile> = files.clone();
    let world = World::new(task.exports, files, task.packages.clone()).map_err(|refusals| {
        let finding = |(name, problem)| match sources.iter().find(|file| file.name == name) {
            Some(file) => at_class(file, problem),
            None => general(problem),
        };
        refusals.into_iter().map(finding).collect::<Vec<_>>()
    })?;

    let mut problems = Vec::new();
    let mut collect = |found: Vec<Diagnostic>| problems.extend(found);
    let mut pool = PoolBuilder::default();
    let statics = static_image(&world, task).map_err(&mut collect);
    let bodies = bodies(&world, &mut pool, policy).map_err(&mut collect);
    let applets = applet_methods(&world, task).map_err(&mut collect);
    match (statics, bodies, applets) {
        (Ok(statics), Ok(bodies), Ok(applets)) => {
            assemble_packages(task, &world, statics, pool, bodies, &applets)
        }
        _ => {
            problems.sort();
            problems.dedup();
            Err(problems)
        }
    }
}

/// The extended form and static resources came with release 3.1.
fn check_release(task: &Task<'_>) -> Result<(), Vec<Diagnostic>> {
    let newer = [
        (task.form != Form::Compact, "the extended form of a CAP file"),
        (!task.extras.resources.is_empty(), "a static resource"),
    ];
    let is_old = task.exports.api() < ApiVersion::V3_1;
    let refused = newer.into_iter().filter(|(wanted, _)| is_old && *wanted);
    let refused: Vec<Diagnostic> = refused.map(|(_, what)| general(Problem::Release(what))).collect();
    if refused.is_empty() { Ok(()) } else { Err(refused) }
}

/// The class files of the packages that are converted.
fn class_files(task: &Task<'_>) -> Result<Vec<ClassFile>, Vec<Diagnostic>> {
    let mut files: Vec<ClassFile> = Vec::new();
    let mut problems = Vec::new();
    for entry in task.classes.iter().filter(|entry| entry.name.ends_with(".class")) {
        match ClassFile::parse(&entry.data) {
            Ok(file) if task.packages.iter().any(|package| package.name == package_of(&file.name)) => {
                if !files.iter().any(|known| known.name == file.name) {
                    files.push(file);
                }
            }
            Ok(_) => {}
            Err(error) => problems.push(Diagnostic {
                class: entry.name.clone(),
                file: Some(entry.name.clone()),
                line: None,
                problem: Problem::ClassFile(error.to_string()),
            }),
        }
    }
    for package in task.packages.iter().filter(|_| problems.is_empty()).collect::<Vec<_>>() {
        if !files.iter().any(|file| package_of(&file.name) == package.name) {
            problems.push(general(Problem::EmptyPackage(package.name.replace('/', "."))));
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn static_image(world: &World<'_>, task: &Task<'_>) -> Result<statics::StaticImage, Vec<Diagnostic>> {
    let owner = if task.applets.is_empty() { statics::Owner::Nobody } else { statics::Owner::Applets };
    statics::image(&world.classes, owner).map_err(|refusals| {
        let finding = |(class, offset, problem): statics::Refusal| {
            let class = &world.classes[class];
            let code = class.file.methods.iter().find(|method| method.name == "<clinit>");
            match code.and_then(|method| method.code.as_ref()) {
                Some(code) => at(class, code, offset, problem),
                None => at_class(&class.file, problem),
            }
        };
        refusals.into_iter().map(finding).collect()
    })
}

/// Converts every method that the Method component holds.
fn bodies(
    world: &World<'_>,
    pool: &mut PoolBuilder,
    policy: IntPolicy,
) -> Result<Vec<(MethodKey, Body)>, Vec<Diagnostic>> {
    let mut bodies = Vec::new();
    let mut problems = Vec::new();
    for (index, class) in world.classes.iter().enumerate() {
        for (position, method) in class.methods.iter().enumerate() {
            let body = match method.role {
                Role::Initialiser | Role::Interface => continue,
                Role::Virtual if class.file.methods[position].access & access::ABSTRACT != 0 => {
                    Ok(Body::Abstract(method.signature.words(true)))
                }
                Role::Static | Role::Constructor | Role::Private | Role::Virtual => {
                    convert_method(world, pool, index, position, policy).map(Body::Code)
                }
            };
            match body {
                Ok(body) => bodies.push((MethodKey::Own(index, position), body)),
                Err(found) => problems.extend(found),
            }
        }
        for (token, _, descriptor) in class.virtuals.missing(index) {
            let words = Signature::parse(descriptor).map_or(1, |signature| signature.words(true));
            bodies.push((MethodKey::Missing(index, token), Body::Abstract(words)));
        }
    }
    if problems.is_empty() { Ok(bodies) } else { Err(problems) }
}

/// The install method of each applet's class.
fn applet_methods(world: &World<'_>, task: &Task<'_>) -> Result<Vec<(Aid, MethodKey)>, Vec<Diagnostic>> {
    let find = |(aid, class): &(Aid, String)| -> Result<(Aid, MethodKey), Diagnostic> {
        let fail = |reason| Err(general(Problem::Applet { class: class.clone(), reason }));
        let Some(index) = world.classes.iter().position(|own| own.file.name == *class) else {
            return fail("the package has no such class");
        };
        if !world.extends(index, "javacard/framework/Applet") {
            return fail("the class does not extend javacard.framework.Applet");
        }
        let methods = &world.classes[index].file.methods;
        let public_static = access::PUBLIC | access::STATIC;
        let install = methods.iter().position(|method| {
            method.name == "install"
                && method.descriptor == "([BSB)V"
                && method.access & public_static == public_static
        });
        match install {
            Some(method) => Ok((*aid, MethodKey::Own(index, method))),
            None => fail("the class has no public static void install(byte[], short, byte)"),
        }
    };
    let (found, failed): (Vec<_>, Vec<_>) = task.applets.iter().map(find).partition(Result::is_ok);
    if failed.is_empty() {
        Ok(found.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(failed.into_iter().filter_map(Result::err).collect())
    }
}

fn assemble_packages(
    task: &Task<'_>,
    world: &World<'_>,
    statics: statics::StaticImage,
    pool: PoolBuilder,
    bodies: Vec<(MethodKey, Body)>,
    applets: &[(Aid, MethodKey)],
) -> Result<ConvertedExtended, Vec<Diagnostic>> {
    let alone = |problem| vec![general(problem)];
    if pool.len() > u16::MAX.into() {
        let limit =
            Problem::Limit { what: "constant pool entries", count: pool.len(), limit: u16::MAX.into() };
        return Err(alone(limit));
    }
    let format = format_of(task);
    let uses_int = uses_int(world, &bodies);
    let keys: Vec<MethodKey> = bodies.iter().map(|(key, _)| key.clone()).collect();
    let pool = pool.finish();

    let mut builder = Builder::new(world, format, statics).map_err(alone)?;
    let (method, reference_location) = builder
        .lay_out_methods(bodies, &pool)
        .map_err(|(key, problem)| vec![of_method(world, &key, problem)])?;
    let constant_pool = builder.constant_pool(&pool).map_err(alone)?;
    let class = builder.class_component().map_err(alone)?;
    let descriptor = descriptor::descriptor(&mut builder, &pool).map_err(alone)?;
    let export = builder.export_component();
    let entries =
        applets.iter().map(|(aid, key)| AppletEntry { aid: *aid, install: builder.method_offset(key) });
    let applet = (!applets.is_empty()).then(|| AppletComponent { applets: entries.collect() });
    let debug = match task.extras.debug {
        DebugInformation::LeftOut => None,
        DebugInformation::Included => Some(debug::debug_info(&builder, &keys).map_err(alone)?),
    };

    let mut flags = PackageFlags::default();
    for (set, flag) in [
        (uses_int, PackageFlags::INT),
        (export.is_some(), PackageFlags::EXPORT),
        (applet.is_some(), PackageFlags::APPLET),
        (format.is_extended(), PackageFlags::EXTENDED),
    ] {
        flags = if set { flags | flag } else { flags };
    }
    let resources = task.extras.resources;
    let methods = keys.iter().map(|key| symbol(world, &builder, key)).collect();
    let cap = CapFile {
        header: header(task, format, flags)?,
        applet,
        constant_pool,
        class,
        method,
        static_field: builder.statics.component.clone(),
        reference_location,
        export,
        descriptor: Some(descriptor),
        debug,
        static_resources: (!resources.is_empty()).then(|| StaticResources { resources: resources.to_vec() }),
        custom: Vec::new(),
        read_directory: None,
        import: builder.import(),
    };
    let packages = task.packages.iter().enumerate();
    let exports: Vec<ExportFile> =
        packages.filter_map(|(index, _)| exports::export_file(world, index, format)).collect();
    Ok(ConvertedExtended { cap, exports, methods })
}

fn format_of(task: &Task<'_>) -> CapFormat {
    match task.form {
        Form::Extended(_) => CapFormat::Extended2_3,
        Form::Compact if task.exports.api() >= ApiVersion::V3_1 => CapFormat::V2_3,
        // a name for the debug information has no place before format 2.2
        Form::Compact if task.extras.debug == DebugInformation::Included => CapFormat::V2_2,
        Form::Compact => CapFormat::V2_1,
    }
}

fn header(task: &Task<'_>, format: CapFormat, flags: PackageFlags) -> Result<Header, Vec<Diagnostic>> {
    let first = task.packages.first();
    let (package, name, public) = match task.form {
        Form::Extended(file) => {
            let public = task.packages.iter().filter_map(|package| {
                Some(PublicPackage { info: package.public?, name: package.name.clone() })
            });
            (Some(file), None, public.collect())
        }
        Form::Compact => {
            let name = first.map(|package| package.name.clone()).filter(|_| format >= CapFormat::V2_2);
            (first.and_then(|package| package.public), name, Vec::new())
        }
    };
    let package = package.ok_or_else(|| vec![general(Problem::EmptyPackage(String::new()))])?;
    Ok(Header { format, flags, package, name, public })
}

/// Whether a card must have `int` to run the package.
fn uses_int(world: &World<'_>, bodies: &[(MethodKey, Body)]) -> bool {
    let in_code = bodies.iter().any(|(_, body)| matches!(body, Body::Code(code) if code.uses_int));
    let mut members = world.classes.iter().flat_map(|class| {
        let fields = class.fields.iter().filter(|field| field.place != world::FieldPlace::Constant);
        let signatures = class.methods.iter().flat_map(|method| method.signature.types());
        fields.map(|field| &field.kind).chain(signatures)
    });
    in_code || members.any(types::Type::is_int)
}

fn of_method(world: &World<'_>, key: &MethodKey, problem: Problem) -> Diagnostic {
    let (MethodKey::Own(class, _) | MethodKey::Missing(class, _)) = key;
    let class = &world.classes[*class];
    let code = match key {
        MethodKey::Own(_, method) => class.file.methods[*method].code.as_ref(),
        MethodKey::Missing(..) => None,
    };
    match code {
        Some(code) => at(class, code, 0, problem),
        None => at_class(&class.file, problem),
    }
}

fn symbol(world: &World<'_>, builder: &Builder<'_>, key: &MethodKey) -> MethodSymbol {
    let (class, name, descriptor) = match key {
        MethodKey::Own(class, method) => {
            let method = &world.classes[*class].file.methods[*method];
            (*class, method.name.clone(), method.descriptor.clone())
        }
        MethodKey::Missing(class, token) => {
            let found = world.classes[*class].virtuals.missing(*class).find(|(known, ..)| known == token);
            let (name, descriptor) = found.map_or(("", ""), |(_, name, descriptor)| (name, descriptor));
            (*class, name.to_owned(), descriptor.to_owned())
        }
    };
    MethodSymbol {
        class: world.classes[class].file.name.clone(),
        name,
        descriptor,
        offset: builder.method_offset(key),
        length: builder.methods.get(key).map_or(0, |place| place.bytecode),
    }
}
