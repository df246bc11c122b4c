//! The converter: the class files of one package become a CAP file and an export file.
//!
//! Java's stack machine computes in 32 bits, a card's in 16. What makes the difference is decided value by value
//! in `width`, from intervals that a data-flow analysis finds; all else is renumbering: names become tokens,
//! local variables 16-bit words, constants a pool that is shared by the package. The way of a package:
//!
//! ```text
//! class files ─► world (order, tokens, tables) ─► statics (image)
//!       each method: java (decode) ─► flow (intervals) ─► width ─► emit ─► items
//! items ─► pool (indexes) ─► assemble ─► components, descriptor, exports
//! ```
//!
//! The input is a compiler's output: what is wrong with it is reported with file and line, as many findings as
//! there are. Hostile class files give findings too, never a panic.

mod assemble;
mod code;
mod components;
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
mod statics;
mod types;
mod virtuals;
mod width;
mod world;

pub use diagnostic::{Diagnostic, Problem};

use self::components::{Builder, Converted as Body, MethodKey};
use self::method::{IntPolicy, at, at_class, convert_method, declares_int};
use self::pool::PoolBuilder;
use self::types::Signature;
use self::world::{Role, World};
use crate::Aid;
use crate::api::ApiVersion;
use crate::cap::{
    AppletComponent, AppletEntry, CapFile, CapFormat, Header, MethodOffset, PackageFlags, PackageInfo,
    Version,
};
use crate::classfile::{ClassFile, access};
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

/// Converts a package.
///
/// # Errors
/// All that was found wrong, in the order of classes and lines.
pub fn convert(request: &ConvertRequest<'_>) -> Result<Converted, Vec<Diagnostic>> {
    let package = request.package.replace('.', "/");
    let files = class_files(request, &package)?;
    let policy =
        IntPolicy { never: request.int == IntSupport::Never, declared: files.iter().any(declares_int) };
    let library = request.applets.is_empty();
    let sources: Vec<ClassFile> = files.clone();
    let world = World::new(request.exports, files, library).map_err(|refusals| {
        let finding = |(name, problem)| match sources.iter().find(|file| file.name == name) {
            Some(file) => at_class(file, problem),
            None => general(problem),
        };
        refusals.into_iter().map(finding).collect::<Vec<_>>()
    })?;

    let mut problems = Vec::new();
    let mut collect = |found: Vec<Diagnostic>| problems.extend(found);
    let mut pool = PoolBuilder::default();
    let statics = static_image(&world).map_err(&mut collect);
    let bodies = bodies(&world, &mut pool, policy).map_err(&mut collect);
    let applets = applet_methods(&world, request, &package).map_err(&mut collect);
    match (statics, bodies, applets) {
        (Ok(statics), Ok(bodies), Ok(applets)) => {
            assemble_package(request, &package, &world, statics, pool, bodies, &applets)
        }
        _ => {
            problems.sort();
            problems.dedup();
            Err(problems)
        }
    }
}

/// The class files of the package that is converted.
fn class_files(request: &ConvertRequest<'_>, package: &str) -> Result<Vec<ClassFile>, Vec<Diagnostic>> {
    let mut files: Vec<ClassFile> = Vec::new();
    let mut problems = Vec::new();
    for entry in request.classes.iter().filter(|entry| entry.name.ends_with(".class")) {
        match ClassFile::parse(&entry.data) {
            Ok(file) if file.name.rsplit_once('/').map_or("", |(package, _)| package) == package => {
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
    if files.is_empty() && problems.is_empty() {
        problems.push(general(Problem::EmptyPackage(package.replace('/', "."))));
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn general(problem: Problem) -> Diagnostic {
    Diagnostic { class: String::new(), file: None, line: None, problem }
}

fn static_image(world: &World<'_>) -> Result<statics::StaticImage, Vec<Diagnostic>> {
    statics::image(&world.classes).map_err(|refusals| {
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
fn applet_methods(
    world: &World<'_>,
    request: &ConvertRequest<'_>,
    package: &str,
) -> Result<Vec<(Aid, MethodKey)>, Vec<Diagnostic>> {
    let find = |applet: &AppletRequest| -> Result<(Aid, MethodKey), Diagnostic> {
        let mut name = applet.class.replace('.', "/");
        if !name.contains('/') {
            name = format!("{package}/{name}");
        }
        let fail = |reason| Err(general(Problem::Applet { class: name.clone(), reason }));
        let Some(index) = world.classes.iter().position(|class| class.file.name == name) else {
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
            Some(method) => Ok((applet.aid, MethodKey::Own(index, method))),
            None => fail("the class has no public static void install(byte[], short, byte)"),
        }
    };
    let (found, failed): (Vec<_>, Vec<_>) = request.applets.iter().map(find).partition(Result::is_ok);
    if failed.is_empty() {
        Ok(found.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(failed.into_iter().filter_map(Result::err).collect())
    }
}

fn assemble_package(
    request: &ConvertRequest<'_>,
    package: &str,
    world: &World<'_>,
    statics: statics::StaticImage,
    pool: PoolBuilder,
    bodies: Vec<(MethodKey, Body)>,
    applets: &[(Aid, MethodKey)],
) -> Result<Converted, Vec<Diagnostic>> {
    let alone = |problem| vec![general(problem)];
    if pool.len() > u16::MAX.into() {
        let limit =
            Problem::Limit { what: "constant pool entries", count: pool.len(), limit: u16::MAX.into() };
        return Err(alone(limit));
    }
    let format = if request.exports.api() >= ApiVersion::V3_1 { CapFormat::V2_3 } else { CapFormat::V2_1 };
    let info = PackageInfo { version: request.version, aid: request.aid };
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

    let mut flags = PackageFlags::default();
    for (set, flag) in [
        (uses_int, PackageFlags::INT),
        (export.is_some(), PackageFlags::EXPORT),
        (applet.is_some(), PackageFlags::APPLET),
    ] {
        flags = if set { flags | flag } else { flags };
    }
    let name = (format >= CapFormat::V2_2).then(|| package.to_owned());
    let methods = keys.iter().map(|key| symbol(world, &builder, key)).collect();
    let cap = CapFile {
        header: Header { format, flags, package: info, name, public: Vec::new() },
        applet,
        constant_pool,
        class,
        method,
        static_field: builder.statics.component.clone(),
        reference_location,
        export,
        descriptor: Some(descriptor),
        debug: None,
        static_resources: None,
        custom: Vec::new(),
        read_directory: None,
        import: builder.import(),
    };
    let export = exports::export_file(world, package, info, format, applets.is_empty());
    Ok(Converted { cap, export, methods })
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
