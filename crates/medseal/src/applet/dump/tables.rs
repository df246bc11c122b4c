//! What a dump holds, as JSON has it and as the text is made of.

use super::code::{Line, code};
use super::names::Names;
use card_image::cap::{CapFile, ClassDescriptor, ClassEntry, ClassRef, Descriptor, FieldPlace, FieldType};
use serde::Serialize;

/// A CAP file.
#[derive(Serialize)]
pub(super) struct Dump {
    pub(super) format: String,
    pub(super) extended: bool,
    pub(super) flags: String,
    pub(super) aid: String,
    pub(super) version: String,
    /// The packages that others can import.
    pub(super) packages: Vec<Package>,
    pub(super) components: Vec<Component>,
    pub(super) imports: Vec<Package>,
    pub(super) applets: Vec<Applet>,
    pub(super) classes: Vec<Class>,
    pub(super) statics: Statics,
    pub(super) resources: Vec<Resource>,
}

#[derive(Serialize)]
pub(super) struct Package {
    pub(super) aid: String,
    pub(super) version: String,
    pub(super) name: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) bytes: usize,
}

#[derive(Serialize)]
pub(super) struct Applet {
    pub(super) aid: String,
    pub(super) install: String,
}

#[derive(Serialize)]
pub(super) struct Class {
    /// Which of the file's packages it is of, counted from 0; a compact file has one.
    pub(super) package: usize,
    pub(super) name: String,
    pub(super) place: String,
    pub(super) token: Option<u8>,
    pub(super) flags: String,
    pub(super) shareable: bool,
    pub(super) extends: Option<String>,
    pub(super) implements: Vec<String>,
    pub(super) fields: Vec<Field>,
    pub(super) methods: Vec<Method>,
}

#[derive(Serialize)]
pub(super) struct Field {
    pub(super) place: String,
    pub(super) flags: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Serialize)]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) token: Option<u8>,
    pub(super) flags: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) stack: u8,
    pub(super) arguments: u8,
    pub(super) locals: u8,
    pub(super) code: Vec<Line>,
    pub(super) handlers: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Statics {
    pub(super) bytes: u16,
    pub(super) references: u16,
    pub(super) arrays: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Resource {
    pub(super) id: u16,
    pub(super) bytes: usize,
}

pub(super) fn dump(cap: &CapFile) -> Dump {
    let names = Names::new(cap);
    let header = &cap.header;
    let applets = cap.applet.iter().flat_map(|component| &component.applets);
    let resources = cap.static_resources.iter().flat_map(|component| &component.resources);
    let arrays = cap.static_field.array_inits.iter();
    Dump {
        format: header.format.version().to_string(),
        extended: header.format.is_extended(),
        flags: header.flags.to_string(),
        aid: header.package.aid.to_string(),
        version: header.package.version.to_string(),
        packages: packages(cap),
        components: components(cap),
        imports: cap
            .import
            .packages
            .iter()
            .map(|import| Package {
                aid: import.aid.to_string(),
                version: import.version.to_string(),
                name: card_image::api::package_by_aid(&import.aid)
                    .and_then(card_image::api::PackageId::get)
                    .map(|package| package.name.replace('/', ".")),
            })
            .collect(),
        applets: applets
            .map(|applet| Applet { aid: applet.aid.to_string(), install: names.method(applet.install) })
            .collect(),
        classes: classes(cap, &names),
        statics: Statics {
            bytes: cap.static_field.image_size,
            references: cap.static_field.reference_count,
            arrays: arrays.map(|array| format!("{} {}", array.element, hex::encode(&array.values))).collect(),
        },
        resources: resources
            .map(|resource| Resource { id: resource.id, bytes: resource.bytes.len() })
            .collect(),
    }
}

fn packages(cap: &CapFile) -> Vec<Package> {
    let header = &cap.header;
    let name = |text: &str| (!text.is_empty()).then(|| text.replace('/', "."));
    let mut named = header.public.iter().map(|package| name(&package.name));
    let own = header.name.as_deref().and_then(name);
    let package = |info: &card_image::cap::PackageInfo| Package {
        aid: info.aid.to_string(),
        version: info.version.to_string(),
        name: if header.format.is_extended() { named.next().flatten() } else { own.clone() },
    };
    header.packages().map(package).collect()
}

fn components(cap: &CapFile) -> Vec<Component> {
    let infos = cap.encode_components().unwrap_or_default();
    infos.iter().map(|(tag, info)| Component { name: tag.to_string(), bytes: info.len() }).collect()
}

fn classes(cap: &CapFile, names: &Names<'_>) -> Vec<Class> {
    let Some(descriptor) = &cap.descriptor else { return Vec::new() };
    let mut classes = Vec::new();
    for (package, described) in descriptor.packages.iter().enumerate() {
        for own in &described.classes {
            classes.push(class(cap, names, descriptor, package, own));
        }
    }
    classes
}

fn class(
    cap: &CapFile,
    names: &Names<'_>,
    descriptor: &Descriptor,
    package: usize,
    own: &ClassDescriptor,
) -> Class {
    let entry = match own.this_class {
        ClassRef::Internal(place) => cap.class.at(place, cap.header.format),
        ClassRef::External { .. } => None,
    };
    let (extends, implements) = match entry {
        Some(ClassEntry::Class(class)) => {
            let interfaces = class.interfaces.iter().map(|implemented| implemented.interface);
            (class.superclass, interfaces.collect())
        }
        Some(ClassEntry::Interface(interface)) => (None, interface.superinterfaces.clone()),
        None => (None, Vec::new()),
    };
    let signature = |offset, is_method| {
        descriptor.type_at(offset).map_or_else(String::new, |types| names.signature(types, is_method))
    };
    let field = |field: &card_image::cap::FieldDescriptor| Field {
        place: match field.place {
            FieldPlace::Static(place) => names.constant(&card_image::cap::Constant::StaticField(place)),
            FieldPlace::Instance { token, .. } => format!("field {token}"),
        },
        flags: field.flags.to_string(),
        kind: match field.kind {
            FieldType::Primitive(kind) => {
                names.signature(&card_image::cap::TypeDescriptor(vec![kind]), false)
            }
            FieldType::Reference(offset) => signature(offset, false),
        },
    };
    let is_interface = own.flags.is_interface();
    let methods = own.methods.iter().map(|method| {
        let header = if is_interface { None } else { cap.method.header(method.offset) };
        let (lines, handlers) = if is_interface { Default::default() } else { code(cap, names, method) };
        Method {
            name: names.method(method.offset),
            place: method.offset.to_string(),
            token: method.token,
            flags: method.flags.to_string(),
            kind: signature(method.signature, true),
            stack: header.map_or(0, |header| header.max_stack),
            arguments: header.map_or(0, |header| header.nargs),
            locals: header.map_or(0, |header| header.max_locals),
            code: lines,
            handlers,
        }
    });
    Class {
        package,
        name: names.class(own.this_class),
        place: own.this_class.to_string(),
        token: own.token,
        flags: own.flags.to_string(),
        shareable: entry.is_some_and(ClassEntry::is_shareable),
        extends: extends.map(|class| names.class(class)),
        implements: implements.into_iter().map(|class| names.class(class)).collect(),
        fields: own.fields.iter().map(field).collect(),
        methods: methods.collect(),
    }
}
