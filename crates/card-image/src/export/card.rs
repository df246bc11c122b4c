//! What a package on a card offers to others, told from its CAP file alone.
//!
//! A card has no export files, yet a package that imports another can be verified only against its interface. All of
//! it is in the CAP file: the Export component says which classes, static fields and static methods have which tokens,
//! the Class component who extends what, the Descriptor access and types (JCVM 6.9, 6.13, 6.14). What is missing is
//! names, so they are made up: package `card/AID`, class `card/AID/TOKEN`. The name that a file gives its package is
//! not used, for it could be another package's. The AID is unique on a card, and so are names made of it.
//!
//! A class that is not exported may stand in an exported signature. It gets a name under which nothing is found, so
//! that whatever uses the signature is refused, as it would be with the export file.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::limits::CARD_TEXT_MAX;
use super::{
    AccessFlags, ExportFile, ExportFormat, ExportSet, ExportedClass, ExportedField, ExportedMethod,
    ExportedPackage,
};
use crate::Aid;
use crate::api::MemberKind;
use crate::cap::{
    ArrayType, CapFile, ClassDescriptor, ClassEntry, ClassExport, ClassFlags, ClassInfo, ClassOffset,
    ClassRef, FieldFlags, FieldPlace, FieldType, MethodDescriptor, MethodFlags, MethodOffset, StaticFieldRef,
    StaticOffset, Type, TypeDescriptor, TypeOffset,
};
use crate::export::ClassView;

const OBJECT: &str = "java/lang/Object";

/// Why a CAP file does not tell what its package offers. None of these happens to a file that was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CapExportError {
    /// There is no Descriptor component, and so no types.
    #[error("the file has no Descriptor component")]
    NoDescriptor,
    /// A class is exported, or extended, that the file does not describe before.
    #[error("{0} is not described")]
    Class(ClassOffset),
    /// A class extends or implements one that is not among the known packages.
    #[error("{0} is not known")]
    Imported(ClassRef),
    /// An exported static field is not described.
    #[error("the static field at {0} is not described")]
    Field(StaticOffset),
    /// An exported static method or constructor is not described.
    #[error("the method at {0} is not described")]
    Method(MethodOffset),
    /// The type of an exported member is not there.
    #[error("there is no type at {0}")]
    Type(TypeOffset),
    /// Signatures that are so long cannot be honest.
    #[error("the signatures take more than {CARD_TEXT_MAX} bytes")]
    TooLong,
}

impl ExportFile {
    /// What the packages of a CAP file offer, told from the file: one of a compact file, the public ones of an
    /// extended file. `exports` must have all packages that it imports, and those that they import. The result is as
    /// true as the file: only of a verified file can it be relied on.
    ///
    /// # Errors
    /// When the components do not fit together.
    pub fn from_cap(cap: &CapFile, exports: &ExportSet) -> Result<Vec<Self>, CapExportError> {
        let mut packages = Packages::new(cap, exports)?;
        packages.inherit()?;
        let mut exported = cap.export.iter().flat_map(|component| &component.packages);
        let mut files = Vec::new();
        for info in cap.header.packages() {
            let classes = exported.next().map_or(&[][..], |package| &package.classes);
            let classes: Result<Vec<_>, _> = classes.iter().map(|export| packages.class(export)).collect();
            let name = package_name(info.aid);
            files.push(Self {
                format: ExportFormat::V2_1,
                package: ExportedPackage { name, info: *info, library: cap.applet.is_none() },
                referenced: Vec::new(),
                classes: classes?,
            });
        }
        Ok(files)
    }
}

/// What a class has from those above it and, after them, of its own.
#[derive(Debug, Clone, Default)]
struct Heritage {
    /// Exported superclasses, the farthest first.
    superclasses: Vec<String>,
    /// Exported interfaces.
    interfaces: Vec<String>,
    /// Public and protected virtual methods by token: where the type is told, and access.
    virtuals: BTreeMap<u8, Virtual>,
}

#[derive(Debug, Clone)]
enum Virtual {
    Own(MethodDescriptor),
    Imported { flags: AccessFlags, descriptor: String },
}

/// The name under which a card knows a package.
fn package_name(aid: Aid) -> String {
    format!("card/{aid}")
}

/// The packages of a file: one, or those of an extended file.
struct Packages<'a> {
    cap: &'a CapFile,
    exports: &'a ExportSet,
    types: BTreeMap<TypeOffset, &'a TypeDescriptor>,
    described: BTreeMap<ClassOffset, &'a ClassDescriptor>,
    /// The exported classes: package and token.
    tokens: BTreeMap<ClassOffset, (Aid, u8)>,
    heritage: BTreeMap<ClassOffset, Heritage>,
    /// Bytes of descriptors made so far.
    text: usize,
}

impl<'a> Packages<'a> {
    fn new(cap: &'a CapFile, exports: &'a ExportSet) -> Result<Self, CapExportError> {
        let descriptor = cap.descriptor.as_ref().ok_or(CapExportError::NoDescriptor)?;
        let offset = |class: &'a ClassDescriptor| match class.this_class {
            ClassRef::Internal(offset) => Some((offset, class)),
            ClassRef::External { .. } => None,
        };
        let exported = cap.export.iter().flat_map(|component| &component.packages);
        let tokens = cap.header.packages().zip(exported).flat_map(|(info, package)| {
            let classes = package.classes.iter().zip(0..=u8::MAX);
            classes.map(move |(export, token)| (export.class, (info.aid, token)))
        });
        Ok(Self {
            cap,
            exports,
            types: descriptor.types_with_offsets().collect(),
            described: descriptor.classes().filter_map(offset).collect(),
            tokens: tokens.collect(),
            heritage: BTreeMap::new(),
            text: 0,
        })
    }

    /// Goes through the Class component, in which each class stands behind those that it extends (JCVM 6.9).
    fn inherit(&mut self) -> Result<(), CapExportError> {
        let cap = self.cap;
        for (offset, entry) in cap.class.with_offsets(cap.header.format) {
            let heritage = match entry {
                ClassEntry::Interface(interface) => {
                    let mut heritage = Heritage::default();
                    self.add_interfaces(&mut heritage, interface.superinterfaces.iter().copied())?;
                    heritage
                }
                ClassEntry::Class(class) => self.class_heritage(offset, class)?,
            };
            self.heritage.insert(offset, heritage);
        }
        Ok(())
    }

    fn class_heritage(&self, offset: ClassOffset, class: &ClassInfo) -> Result<Heritage, CapExportError> {
        let mut heritage = match class.superclass {
            None => Heritage::default(),
            Some(above @ ClassRef::Internal(before)) => {
                let mut heritage =
                    self.heritage.get(&before).cloned().ok_or(CapExportError::Class(before))?;
                heritage.superclasses.extend(self.exported_name(above)?);
                heritage
            }
            Some(above @ ClassRef::External { .. }) => imported(self.view(above)?),
        };
        self.add_interfaces(&mut heritage, class.interfaces.iter().map(|implemented| implemented.interface))?;
        let described = self.described.get(&offset).ok_or(CapExportError::Class(offset))?;
        for method in &described.methods {
            let flags = method.flags;
            let bound = flags.is_static() || flags.is_init();
            if let (false, true, Some(token)) =
                (bound, flags.is_public() || flags.is_protected(), method.token)
            {
                heritage.virtuals.insert(token, Virtual::Own(*method));
            }
        }
        for implemented in &class.interfaces {
            for (token, stands_for) in (0..=u8::MAX).zip(&implemented.methods) {
                if !heritage.virtuals.contains_key(stands_for) {
                    let promised = self.promised(implemented.interface, token)?;
                    heritage.virtuals.insert(*stands_for, promised);
                }
            }
        }
        Ok(heritage)
    }

    /// The method of an interface that an abstract class leaves to its subclasses. Files need not describe it there,
    /// but a subclass of another package must keep to its type.
    fn promised(&self, interface: ClassRef, token: u8) -> Result<Virtual, CapExportError> {
        match interface {
            ClassRef::Internal(offset) => {
                let missing = CapExportError::Class(offset);
                let mut methods = self.described.get(&offset).ok_or(missing)?.methods.iter();
                methods.find(|method| method.token == Some(token)).copied().map(Virtual::Own).ok_or(missing)
            }
            ClassRef::External { .. } => {
                let member = self.view(interface)?.member(MemberKind::InterfaceMethod, token);
                let member = member.ok_or(CapExportError::Imported(interface))?;
                let flags = AccessFlags::PUBLIC | AccessFlags::ABSTRACT;
                Ok(Virtual::Imported { flags, descriptor: member.descriptor.into() })
            }
        }
    }

    /// Adds interfaces and those that they extend, once each.
    fn add_interfaces(
        &self,
        heritage: &mut Heritage,
        interfaces: impl Iterator<Item = ClassRef>,
    ) -> Result<(), CapExportError> {
        for interface in interfaces {
            let above = match interface {
                ClassRef::Internal(offset) => {
                    self.heritage.get(&offset).ok_or(CapExportError::Class(offset))?.interfaces.clone()
                }
                ClassRef::External { .. } => {
                    self.view(interface)?.interfaces().into_iter().map(String::from).collect()
                }
            };
            for name in self.exported_name(interface)?.into_iter().chain(above) {
                if !heritage.interfaces.contains(&name) {
                    heritage.interfaces.push(name);
                }
            }
        }
        Ok(())
    }

    /// The class of another package.
    fn view(&self, class: ClassRef) -> Result<ClassView<'a>, CapExportError> {
        let ClassRef::External { package, class: token } = class else {
            return Err(CapExportError::Imported(class));
        };
        let import = self.cap.import.get(package).ok_or(CapExportError::Imported(class))?;
        let view = self.exports.package(&import.aid).and_then(|package| package.class(token));
        view.ok_or(CapExportError::Imported(class))
    }

    /// The name under which others know a class; `None` when they do not.
    fn exported_name(&self, class: ClassRef) -> Result<Option<String>, CapExportError> {
        match class {
            ClassRef::Internal(offset) => {
                let found = self.tokens.get(&offset);
                Ok(found.map(|(aid, token)| format!("{}/{token}", package_name(*aid))))
            }
            ClassRef::External { .. } => self.view(class).map(|view| Some(view.name().into())),
        }
    }

    fn class(&mut self, export: &ClassExport) -> Result<ExportedClass, CapExportError> {
        let missing = CapExportError::Class(export.class);
        let (aid, token) = *self.tokens.get(&export.class).ok_or(missing)?;
        let described = *self.described.get(&export.class).ok_or(missing)?;
        let entry = self.cap.class.at(export.class, self.cap.header.format).ok_or(missing)?;
        let mut heritage = self.heritage.get(&export.class).cloned().ok_or(missing)?;
        let mut flags = class_flags(described.flags);
        let methods = match entry {
            ClassEntry::Interface(interface) => {
                flags = if interface.shareable { flags | AccessFlags::SHAREABLE } else { flags };
                heritage.superclasses.push(OBJECT.into());
                let declared = described.methods.iter();
                declared.filter_map(|method| Some(self.method(method.token?, method))).collect()
            }
            ClassEntry::Class(_) => self.methods(described, export, heritage.virtuals),
        };
        let inheritable = self.cap.class.at(export.class, self.cap.header.format).map_or(0, public_tokens);
        Ok(ExportedClass {
            token,
            flags,
            name: format!("{}/{token}", package_name(aid)),
            superclasses: heritage.superclasses,
            interfaces: heritage.interfaces,
            fields: self.fields(described, export)?,
            methods: methods?,
            inheritable,
        })
    }

    /// Static methods and constructors, then virtual methods, each by token.
    fn methods(
        &mut self,
        described: &ClassDescriptor,
        export: &ClassExport,
        virtuals: BTreeMap<u8, Virtual>,
    ) -> Result<Vec<ExportedMethod>, CapExportError> {
        let mut methods = Vec::new();
        for (token, offset) in (0..=u8::MAX).zip(&export.static_methods) {
            let found = described.methods.iter().find(|method| method.offset == *offset);
            methods.push(self.method(token, found.ok_or(CapExportError::Method(*offset))?)?);
        }
        for (token, method) in virtuals {
            methods.push(match method {
                Virtual::Own(method) => self.method(token, &method)?,
                Virtual::Imported { flags, descriptor } => {
                    let descriptor = self.counted(descriptor)?;
                    ExportedMethod { token, flags, name: format!("virtual{token}"), descriptor }
                }
            });
        }
        Ok(methods)
    }

    fn method(&mut self, token: u8, method: &MethodDescriptor) -> Result<ExportedMethod, CapExportError> {
        let flags = method.flags;
        let name = if flags.is_init() {
            String::from("<init>")
        } else if flags.is_static() {
            format!("static{token}")
        } else {
            format!("virtual{token}")
        };
        let unknown = CapExportError::Type(method.signature);
        let types = self.types.get(&method.signature).ok_or(unknown)?;
        let (parameters, returns) = types.signature().map_err(|_| unknown)?;
        let mut descriptor = String::from("(");
        parameters.iter().for_each(|kind| self.put_type(&mut descriptor, *kind));
        descriptor.push(')');
        self.put_type(&mut descriptor, returns);
        let descriptor = self.counted(descriptor)?;
        Ok(ExportedMethod { token, flags: method_flags(flags), name, descriptor })
    }

    /// Static fields by their tokens, and the instance fields that others see.
    fn fields(
        &self,
        described: &ClassDescriptor,
        export: &ClassExport,
    ) -> Result<Vec<ExportedField>, CapExportError> {
        let mut fields = Vec::new();
        for (token, offset) in (0..=u8::MAX).zip(&export.static_fields) {
            let place = FieldPlace::Static(StaticFieldRef::Internal(*offset));
            let found = described.fields.iter().find(|field| field.place == place);
            let field = found.ok_or(CapExportError::Field(*offset))?;
            fields.push(self.field(token, field.flags, field.kind)?);
        }
        for field in &described.fields {
            if let FieldPlace::Instance { token, .. } = field.place
                && (field.flags.is_public() || field.flags.is_protected())
            {
                fields.push(self.field(token, field.flags, field.kind)?);
            }
        }
        Ok(fields)
    }

    fn field(&self, token: u8, flags: FieldFlags, kind: FieldType) -> Result<ExportedField, CapExportError> {
        let kind = match kind {
            FieldType::Primitive(kind) => kind,
            FieldType::Reference(offset) => match self.types.get(&offset).map(|types| types.0.as_slice()) {
                Some([only]) => *only,
                Some(_) | None => return Err(CapExportError::Type(offset)),
            },
        };
        let mut descriptor = String::new();
        self.put_type(&mut descriptor, kind);
        let name = format!("field{token}");
        Ok(ExportedField { token, flags: field_flags(flags), name, descriptor, constant: None })
    }

    /// Writes a type as class files do.
    fn put_type(&self, out: &mut String, kind: Type) {
        match kind {
            Type::Void => out.push('V'),
            Type::Boolean => out.push('Z'),
            Type::Byte => out.push('B'),
            Type::Short => out.push('S'),
            Type::Int => out.push('I'),
            Type::Reference(class) => self.put_class(out, class),
            Type::Array(element) => out.push_str(match element {
                ArrayType::Boolean => "[Z",
                ArrayType::Byte => "[B",
                ArrayType::Short => "[S",
                ArrayType::Int => "[I",
            }),
            Type::ReferenceArray(class) => {
                out.push('[');
                self.put_class(out, class);
            }
        }
    }

    fn put_class(&self, out: &mut String, class: ClassRef) {
        let name = match self.exported_name(class) {
            Ok(Some(name)) => name,
            Ok(None) | Err(_) => format!("{}/hidden", package_name(self.cap.header.package.aid)),
        };
        out.push('L');
        out.push_str(&name);
        out.push(';');
    }

    fn counted(&mut self, descriptor: String) -> Result<String, CapExportError> {
        self.text += descriptor.len();
        if self.text > CARD_TEXT_MAX { Err(CapExportError::TooLong) } else { Ok(descriptor) }
    }
}

/// What a subclass has from a class of another package.
fn imported(view: ClassView<'_>) -> Heritage {
    let above = view.superclasses().into_iter().chain([view.name()]);
    let virtuals = view.members().filter(|member| member.kind == MemberKind::VirtualMethod);
    Heritage {
        superclasses: above.map(String::from).collect(),
        interfaces: view.interfaces().into_iter().map(String::from).collect(),
        virtuals: virtuals
            .map(|member| {
                let descriptor = String::from(member.descriptor);
                (member.token, Virtual::Imported { flags: member.flags, descriptor })
            })
            .collect(),
    }
}

/// How many public virtual method tokens there are up to the last of a class's table.
fn public_tokens(entry: &ClassEntry) -> u8 {
    match entry {
        ClassEntry::Interface(_) => 0,
        ClassEntry::Class(class) => {
            let table = u8::try_from(class.public_methods.len()).unwrap_or(u8::MAX);
            class.public_method_table_base.saturating_add(table)
        }
    }
}

fn chosen(bits: &[(bool, AccessFlags)]) -> AccessFlags {
    let set = bits.iter().filter(|(is_set, _)| *is_set);
    set.fold(AccessFlags::default(), |all, (_, flag)| all | *flag)
}

fn class_flags(flags: ClassFlags) -> AccessFlags {
    chosen(&[
        (flags.is_public(), AccessFlags::PUBLIC),
        (flags.is_final(), AccessFlags::FINAL),
        (flags.is_interface(), AccessFlags::INTERFACE | AccessFlags::ABSTRACT),
        (flags.is_abstract(), AccessFlags::ABSTRACT),
    ])
}

fn method_flags(flags: MethodFlags) -> AccessFlags {
    chosen(&[
        (flags.is_public(), AccessFlags::PUBLIC),
        (flags.is_protected(), AccessFlags::PROTECTED),
        (flags.is_static(), AccessFlags::STATIC),
        (flags.is_final(), AccessFlags::FINAL),
        (flags.is_abstract(), AccessFlags::ABSTRACT),
    ])
}

fn field_flags(flags: FieldFlags) -> AccessFlags {
    chosen(&[
        (flags.is_public(), AccessFlags::PUBLIC),
        (flags.is_protected(), AccessFlags::PROTECTED),
        (flags.is_static(), AccessFlags::STATIC),
        (flags.is_final(), AccessFlags::FINAL),
    ])
}
