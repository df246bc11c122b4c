//! From converted methods to the components of a CAP file.
//!
//! Offsets are needed everywhere and known late, so the order is: the Class component's layout, which depends on
//! counts alone; the constant pool's order; the Method component; then everything that speaks of both.

use std::collections::HashMap;

use super::code::MethodCode;
use super::debug::Source;
use super::diagnostic::Problem;
use super::pool::{Pool, Reference, ReferenceType};
use super::statics::StaticImage;
use super::types::{Element, Signature, Type};
use super::virtuals::Code;
use super::world::{ClassIndex, FieldPlace, Found, OwnClass, Place, World};
use crate::cap::{
    ArrayType, CapFormat, ClassComponent, ClassEntry, ClassExport, ClassInfo, ClassOffset, ClassRef,
    Constant, ConstantPool, ExportComponent, ImplementedInterface, Import, InterfaceInfo, MethodOffset,
    PackageExport, PackageInfo, PackageToken, StaticFieldRef, StaticMethodRef, StaticOffset, TokenMapping,
    Type as CapType, TypeDescriptor,
};

/// What a method is in the component: a method of a class, or one that an abstract class only promises.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum MethodKey {
    Own(ClassIndex, usize),
    /// Class and public virtual method token.
    Missing(ClassIndex, u8),
}

/// A method that is converted, before it is assembled.
pub(super) enum Converted {
    Code(MethodCode),
    /// Words of the arguments.
    Abstract(u16),
}

/// Where a method is and how much it takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MethodPlace {
    pub(super) offset: MethodOffset,
    /// Bytes of its header.
    pub(super) header: u8,
    pub(super) bytecode: u16,
    pub(super) handlers: u16,
    pub(super) first_handler: u16,
}

pub(super) struct Builder<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) format: CapFormat,
    imports: Vec<PackageInfo>,
    class_offsets: Vec<ClassOffset>,
    pub(super) methods: HashMap<MethodKey, MethodPlace>,
    /// Where the code of methods came from.
    pub(super) sources: HashMap<MethodKey, Source>,
    pub(super) statics: StaticImage,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        format: CapFormat,
        statics: StaticImage,
    ) -> Result<Self, Problem> {
        let mut builder = Builder {
            world,
            format,
            imports: Vec::new(),
            class_offsets: vec![ClassOffset(0); world.classes.len()],
            methods: HashMap::new(),
            sources: HashMap::new(),
            statics,
        };
        let layout = builder.class_component()?;
        let offsets: Vec<ClassOffset> = layout.with_offsets(format).map(|(offset, _)| offset).collect();
        if offsets.len() < world.classes.len() {
            return Err(Problem::Limit { what: "classes", count: world.classes.len(), limit: offsets.len() });
        }
        builder.class_offsets = offsets;
        Ok(builder)
    }

    pub(super) fn import(self) -> Import {
        Import { packages: self.imports }
    }

    /// A class as the CAP file names it; imports its package when it is another.
    pub(super) fn class_ref(&mut self, name: &str) -> Result<ClassRef, Problem> {
        match self.world.class(name)? {
            Found::Own(index) => Ok(ClassRef::Internal(self.class_offsets[index])),
            Found::Foreign(package, class) => {
                let unknown = || Problem::UnknownClass(name.to_owned());
                let info = package.info().ok_or_else(unknown)?;
                let position = self.imports.iter().position(|known| known.aid == info.aid);
                let position = position.unwrap_or_else(|| {
                    self.imports.push(info);
                    self.imports.len() - 1
                });
                let package = u8::try_from(position).ok().filter(|token| *token < 128);
                let limit = Problem::Limit { what: "imported packages", count: position, limit: 128 };
                Ok(ClassRef::External { package: PackageToken(package.ok_or(limit)?), class: class.token() })
            }
        }
    }

    pub(super) fn internal(&self, class: ClassIndex) -> ClassOffset {
        self.class_offsets[class]
    }

    pub(super) fn method_offset(&self, key: &MethodKey) -> MethodOffset {
        self.methods.get(key).map_or(MethodOffset::default(), |place| place.offset)
    }

    /// The Class component; method offsets are zero until methods are laid out.
    pub(super) fn class_component(&mut self) -> Result<ClassComponent, Problem> {
        let world = self.world;
        let mut entries = Vec::new();
        for class in &world.classes {
            entries.push(if class.is_interface() {
                ClassEntry::Interface(InterfaceInfo {
                    shareable: class.shareable,
                    superinterfaces: self.class_refs(&world.all_interfaces(&class.file))?,
                    remote_name: None,
                })
            } else {
                ClassEntry::Class(self.class_info(class)?)
            });
        }
        Ok(ClassComponent { signature_pool: Vec::new(), entries })
    }

    pub(super) fn class_refs(&mut self, names: &[String]) -> Result<Vec<ClassRef>, Problem> {
        names.iter().map(|name| self.class_ref(name)).collect()
    }

    fn class_info(&mut self, class: &OwnClass) -> Result<ClassInfo, Problem> {
        let superclass = class.file.superclass.as_deref().map(|name| self.class_ref(name)).transpose()?;
        let (public_base, public) = class.virtuals.public_table();
        let (package_base, package) = class.virtuals.package_table();
        let mut interfaces = Vec::new();
        for name in self.world.all_interfaces(&class.file) {
            interfaces.push(ImplementedInterface {
                interface: self.class_ref(&name)?,
                methods: self.implementation(class, &name)?,
            });
        }
        let count = public_base + public.len() as u8;
        let inherited = class.virtuals.inherited_tokens();
        let tokens = (0..count).map(|token| if token < inherited { token } else { 0xFF });
        let mapping = TokenMapping { tokens: tokens.collect(), inheritable: count };
        Ok(ClassInfo {
            shareable: class.shareable,
            superclass,
            declared_instance_size: class.layout.words,
            first_reference_token: class.layout.first_reference,
            reference_count: class.layout.references,
            public_method_table_base: public_base,
            public_methods: self.table(&public, public_base),
            package_method_table_base: package_base,
            package_methods: self.table(&package, package_base),
            interfaces,
            remote: None,
            token_mapping: (self.format >= CapFormat::V2_3).then_some(mapping),
        })
    }

    fn table(&self, codes: &[Code], base: u8) -> Vec<MethodOffset> {
        let place = |(code, token): (&Code, u8)| match code {
            Code::Own(class, method) => self.method_offset(&MethodKey::Own(*class, *method)),
            Code::Missing(class) => self.method_offset(&MethodKey::Missing(*class, token)),
            Code::Inherited => ClassComponent::INHERITED,
        };
        codes.iter().zip(base..).map(place).collect()
    }

    /// The virtual method tokens that stand for an interface's methods.
    fn implementation(&self, class: &OwnClass, interface: &str) -> Result<Vec<u8>, Problem> {
        let methods = self.world.methods_of_interface(interface);
        let token = |(name, descriptor): &(String, String)| {
            let mut public = class.virtuals.public();
            let position = public.position(|(known, signature, _)| known == name && signature == descriptor);
            position.map(|token| token as u8).ok_or_else(|| Problem::UnknownMember {
                class: class.file.name.clone(),
                member: format!("{name}{descriptor}"),
            })
        };
        methods.iter().map(token).collect()
    }

    pub(super) fn constant_pool(&mut self, pool: &Pool) -> Result<ConstantPool, Problem> {
        let entries = pool.entries.iter().map(|(reference, _)| self.constant(reference));
        Ok(ConstantPool { entries: entries.collect::<Result<_, _>>()? })
    }

    fn constant(&mut self, reference: &Reference) -> Result<Constant, Problem> {
        Ok(match reference {
            Reference::Class(name) => Constant::Class(self.class_ref(name)?),
            Reference::InstanceField(class, field) => {
                let token = match self.world.classes[*class].fields[*field].place {
                    FieldPlace::Instance(token) => token,
                    FieldPlace::Constant | FieldPlace::Static(_) => return Err(Problem::Code(0)),
                };
                Constant::InstanceField { class: ClassRef::Internal(self.internal(*class)), token }
            }
            Reference::ForeignField(class, token) => {
                Constant::InstanceField { class: self.class_ref(class)?, token: *token }
            }
            Reference::VirtualMethod(class, token) => {
                Constant::VirtualMethod { class: self.class_ref(class)?, token: *token }
            }
            Reference::SuperMethod(class, token) => {
                Constant::SuperMethod { class: self.class_ref(class)?, token: *token }
            }
            Reference::StaticField(Place::Own(class, field)) => {
                let offset = self.static_offset(*class, *field);
                Constant::StaticField(StaticFieldRef::Internal(offset))
            }
            Reference::StaticField(Place::Foreign { class, token }) => {
                let (package, class) = self.external(class)?;
                Constant::StaticField(StaticFieldRef::External { package, class, token: *token })
            }
            Reference::StaticMethod(Place::Own(class, method)) => {
                let offset = self.method_offset(&MethodKey::Own(*class, *method));
                Constant::StaticMethod(StaticMethodRef::Internal(offset))
            }
            Reference::StaticMethod(Place::Foreign { class, token }) => {
                let (package, class) = self.external(class)?;
                Constant::StaticMethod(StaticMethodRef::External { package, class, token: *token })
            }
        })
    }

    pub(super) fn static_offset(&self, class: ClassIndex, field: usize) -> StaticOffset {
        StaticOffset(self.statics.offsets.get(&(class, field)).copied().unwrap_or_default())
    }

    fn external(&mut self, class: &str) -> Result<(PackageToken, u8), Problem> {
        match self.class_ref(class)? {
            ClassRef::External { package, class } => Ok((package, class)),
            ClassRef::Internal(_) => Err(Problem::UnknownClass(class.to_owned())),
        }
    }

    /// The Export component: for each public package, in the order of tokens, every class that has one.
    pub(super) fn export_component(&self) -> Option<ExportComponent> {
        let public = self.world.packages.iter().enumerate().filter(|(_, package)| package.public.is_some());
        let packages: Vec<PackageExport> = public.map(|(package, _)| self.package_export(package)).collect();
        let any = packages.iter().any(|package| !package.classes.is_empty());
        any.then_some(ExportComponent { packages })
    }

    fn package_export(&self, package: usize) -> PackageExport {
        let mut classes: Vec<(u8, ClassExport)> = Vec::new();
        for (index, class) in self.world.classes.iter().enumerate() {
            if let (true, Some(token)) = (class.package == package, class.token) {
                classes.push((token, self.class_export(index, class)));
            }
        }
        classes.sort_by_key(|(token, _)| *token);
        PackageExport { classes: classes.into_iter().map(|(_, class)| class).collect() }
    }

    fn class_export(&self, index: ClassIndex, class: &OwnClass) -> ClassExport {
        let mut fields: Vec<(u8, StaticOffset)> = Vec::new();
        for (position, field) in class.fields.iter().enumerate() {
            if let FieldPlace::Static(Some(token)) = field.place {
                fields.push((token, self.static_offset(index, position)));
            }
        }
        let mut methods: Vec<(u8, MethodOffset)> = Vec::new();
        for (position, method) in class.methods.iter().enumerate() {
            if let (Some(token), true) = (method.token, is_direct(class, position)) {
                methods.push((token, self.method_offset(&MethodKey::Own(index, position))));
            }
        }
        fields.sort_by_key(|(token, _)| *token);
        methods.sort_by_key(|(token, _)| *token);
        ClassExport {
            class: self.internal(index),
            static_fields: fields.into_iter().map(|(_, offset)| offset).collect(),
            static_methods: methods.into_iter().map(|(_, offset)| offset).collect(),
        }
    }

    pub(super) fn cap_type(&mut self, kind: &Type) -> Result<CapType, Problem> {
        Ok(match kind {
            Type::Boolean => CapType::Boolean,
            Type::Byte => CapType::Byte,
            Type::Short => CapType::Short,
            Type::Int => CapType::Int,
            Type::Class(name) => CapType::Reference(self.class_ref(name)?),
            Type::Array(Element::Boolean) => CapType::Array(ArrayType::Boolean),
            Type::Array(Element::Byte) => CapType::Array(ArrayType::Byte),
            Type::Array(Element::Short) => CapType::Array(ArrayType::Short),
            Type::Array(Element::Int) => CapType::Array(ArrayType::Int),
            Type::Array(Element::Class(name)) => CapType::ReferenceArray(self.class_ref(name)?),
        })
    }

    pub(super) fn cap_signature(&mut self, signature: &Signature) -> Result<TypeDescriptor, Problem> {
        let mut types: Vec<CapType> =
            signature.parameters.iter().map(|kind| self.cap_type(kind)).collect::<Result<_, _>>()?;
        types.push(match &signature.result {
            Some(kind) => self.cap_type(kind)?,
            None => CapType::Void,
        });
        Ok(TypeDescriptor(types))
    }

    /// The type of a constant pool entry; classes have none.
    pub(super) fn reference_type(&mut self, kind: &ReferenceType) -> Result<Option<TypeDescriptor>, Problem> {
        match kind {
            ReferenceType::Class => Ok(None),
            ReferenceType::Field(kind) => Ok(Some(TypeDescriptor(vec![self.cap_type(kind)?]))),
            ReferenceType::Method(signature) => self.cap_signature(signature).map(Some),
        }
    }
}

/// Whether a method's token is of the space of static methods and constructors.
pub(super) fn is_direct(class: &OwnClass, method: usize) -> bool {
    use super::world::Role;
    match class.methods[method].role {
        Role::Static | Role::Constructor => true,
        Role::Initialiser | Role::Private | Role::Virtual | Role::Interface => false,
    }
}
