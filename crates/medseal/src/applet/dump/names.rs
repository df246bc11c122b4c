//! How a dump calls things: by the platform's names, by those of the Debug component, or by their places.

use card_image::api::{ClassId, class_by_token, package_by_aid};
use card_image::cap::{
    ArrayType, CapFile, ClassOffset, ClassRef, Constant, DebugInfo, MethodOffset, PackageToken,
    StaticFieldRef, StaticMethodRef, Type, TypeDescriptor,
};
use std::collections::HashMap;

/// The names of one file.
pub(super) struct Names<'a> {
    cap: &'a CapFile,
    classes: HashMap<ClassOffset, String>,
    methods: HashMap<MethodOffset, String>,
    /// The line at which the code of a method's offset begins, by method.
    pub(super) lines: HashMap<MethodOffset, Vec<(u16, u16)>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(cap: &'a CapFile) -> Self {
        let mut names =
            Names { cap, classes: HashMap::new(), methods: HashMap::new(), lines: HashMap::new() };
        let info = cap.debug.as_ref().and_then(|bytes| DebugInfo::parse(bytes, cap.header.format).ok());
        if let Some(info) = info {
            names.add(&info);
        }
        names
    }

    fn add(&mut self, info: &DebugInfo) {
        for class in info.packages.iter().flat_map(|package| &package.classes) {
            let name = info.text(class.name).unwrap_or_default().replace('/', ".");
            for method in class.methods.iter().filter(|method| method.header_size > 0) {
                let own = info.text(method.name).unwrap_or_default();
                self.methods.insert(method.location, format!("{name}.{own}"));
                let lines = method.lines.iter().map(|line| (line.start, line.line));
                self.lines.insert(method.location, lines.collect());
            }
            self.classes.insert(class.location, name);
        }
    }

    fn platform_class(&self, package: PackageToken, class: u8) -> Option<ClassId> {
        class_by_token(package_by_aid(&self.cap.import.get(package)?.aid)?, class)
    }

    fn external(&self, package: PackageToken, class: u8) -> String {
        let platform = self.platform_class(package, class).and_then(ClassId::get);
        match (platform, self.cap.import.get(package)) {
            (Some(class), _) => class.name.replace('/', "."),
            (None, Some(import)) => format!("{} class {class}", import.aid),
            (None, None) => format!("{package} class {class}"),
        }
    }

    pub(super) fn class(&self, class: ClassRef) -> String {
        match class {
            ClassRef::Internal(place) => {
                self.classes.get(&place).cloned().unwrap_or_else(|| place.to_string())
            }
            ClassRef::External { package, class } => self.external(package, class),
        }
    }

    pub(super) fn method(&self, place: MethodOffset) -> String {
        self.methods.get(&place).map_or_else(|| place.to_string(), |name| format!("{name} {place}"))
    }

    fn kind(&self, kind: Type) -> String {
        match kind {
            Type::Void => "void".into(),
            Type::Boolean => "boolean".into(),
            Type::Byte => "byte".into(),
            Type::Short => "short".into(),
            Type::Int => "int".into(),
            Type::Reference(class) => self.class(class),
            Type::Array(element) => element_name(element),
            Type::ReferenceArray(class) => format!("{}[]", self.class(class)),
        }
    }

    /// A field's type, or a method's parameters and what it returns.
    pub(super) fn signature(&self, types: &TypeDescriptor, is_method: bool) -> String {
        match types.0.split_last() {
            Some((returned, parameters)) if is_method => {
                let parameters: Vec<String> = parameters.iter().map(|kind| self.kind(*kind)).collect();
                format!("({}) {}", parameters.join(", "), self.kind(*returned))
            }
            Some((only, _)) => self.kind(*only),
            None => String::new(),
        }
    }

    pub(super) fn constant(&self, constant: &Constant) -> String {
        match *constant {
            Constant::Class(class) => self.class(class),
            Constant::InstanceField { class, token } => format!("{} field {token}", self.class(class)),
            Constant::VirtualMethod { class, token } => self.member(class, token, "virtual"),
            Constant::SuperMethod { class, token } => {
                format!("super of {} virtual {token}", self.class(class))
            }
            Constant::StaticField(StaticFieldRef::Internal(place)) => place.to_string(),
            Constant::StaticField(StaticFieldRef::External { package, class, token }) => {
                format!("{} static {token}", self.external(package, class))
            }
            Constant::StaticMethod(StaticMethodRef::Internal(place)) => self.method(place),
            Constant::StaticMethod(StaticMethodRef::External { package, class, token }) => {
                self.member(ClassRef::External { package, class }, token, "static")
            }
        }
    }

    fn member(&self, class: ClassRef, token: u8, space: &str) -> String {
        let platform = match class {
            ClassRef::External { package, class } => {
                self.platform_class(package, class).and_then(ClassId::get)
            }
            ClassRef::Internal(_) => None,
        };
        let member = platform.and_then(|row| {
            if space == "static" { row.static_method(token) } else { row.virtual_method(token) }
        });
        match member.and_then(card_image::api::MemberId::get) {
            Some(member) => format!("{}.{}{}", self.class(class), member.name, member.descriptor),
            None => format!("{} {space} {token}", self.class(class)),
        }
    }
}

fn element_name(element: ArrayType) -> String {
    element.to_string()
}
