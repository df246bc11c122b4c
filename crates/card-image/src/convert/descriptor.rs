//! The Descriptor component (JCVM 6.14): access and types of everything, for verifiers.

use std::collections::HashMap;

use super::components::{Builder, MethodKey};
use super::diagnostic::Problem;
use super::pool::Pool;
use super::types::{Signature, Type};
use super::world::{ClassIndex, FieldPlace as Place, OwnClass, OwnField, Role};
use crate::cap::{
    ClassDescriptor, ClassFlags, ClassRef, Descriptor, FieldDescriptor, FieldFlags, FieldPlace, FieldType,
    MethodDescriptor, MethodFlags, PackageDescriptor, StaticFieldRef, TypeDescriptor, TypeOffset,
};
use crate::classfile::access;

/// The types, each once, at the offsets by which they are referred to.
struct Types {
    list: Vec<TypeDescriptor>,
    offsets: HashMap<TypeDescriptor, TypeOffset>,
    next: usize,
}

impl Types {
    fn intern(&mut self, kind: TypeDescriptor) -> Result<TypeOffset, Problem> {
        if let Some(offset) = self.offsets.get(&kind) {
            return Ok(*offset);
        }
        let limit = Problem::Limit { what: "bytes of types", count: self.next, limit: 0x7FFF };
        let offset =
            u16::try_from(self.next).ok().filter(|offset| *offset < 0x8000).map(TypeOffset).ok_or(limit)?;
        self.next += kind.size();
        self.offsets.insert(kind.clone(), offset);
        self.list.push(kind);
        Ok(offset)
    }
}

pub(super) fn descriptor(builder: &mut Builder<'_>, pool: &Pool) -> Result<Descriptor, Problem> {
    let mut types = Types { list: Vec::new(), offsets: HashMap::new(), next: 2 + 2 * pool.entries.len() };
    let mut pool_types = Vec::new();
    for (_, kind) in &pool.entries {
        let kind = builder.reference_type(kind)?;
        pool_types.push(kind.map(|kind| types.intern(kind)).transpose()?);
    }
    let mut packages = vec![PackageDescriptor::default(); builder.world.packages.len()];
    for (index, class) in builder.world.classes.iter().enumerate() {
        let described = class_descriptor(builder, &mut types, index, class)?;
        packages[class.package].classes.push(described);
    }
    Ok(Descriptor { packages, pool_types, types: types.list })
}

fn class_descriptor(
    builder: &mut Builder<'_>,
    types: &mut Types,
    index: ClassIndex,
    class: &OwnClass,
) -> Result<ClassDescriptor, Problem> {
    let interfaces =
        if class.is_interface() { Vec::new() } else { builder.world.all_interfaces(&class.file) };
    let interfaces = builder.class_refs(&interfaces)?;
    let mut fields = Vec::new();
    for (position, field) in class.fields.iter().enumerate() {
        fields.extend(field_descriptor(builder, types, index, position, field)?);
    }
    let mut methods = Vec::new();
    for (position, method) in class.methods.iter().enumerate() {
        if matches!(method.role, Role::Initialiser | Role::Interface) {
            continue;
        }
        let flags = method_flags(class.file.methods[position].access, method.role);
        let key = MethodKey::Own(index, position);
        methods.push(method_descriptor(builder, types, method.token, flags, &key, &method.signature)?);
    }
    let flags = MethodFlags::PUBLIC | MethodFlags::ABSTRACT;
    // nothing else tells the types of what an interface inherits, so those methods are listed as well
    for (token, (_, descriptor)) in class.interface_methods.iter().enumerate() {
        let signature = Signature::parse(descriptor)?;
        let key = MethodKey::Missing(index, token as u8);
        methods.push(method_descriptor(builder, types, Some(token as u8), flags, &key, &signature)?);
    }
    for (token, _, descriptor) in class.virtuals.missing(index) {
        let signature = Signature::parse(descriptor)?;
        let key = MethodKey::Missing(index, token);
        methods.push(method_descriptor(builder, types, Some(token), flags, &key, &signature)?);
    }
    Ok(ClassDescriptor {
        token: class.token,
        flags: class_flags(class.file.access),
        this_class: ClassRef::Internal(builder.internal(index)),
        interfaces,
        fields,
        methods,
    })
}

fn field_descriptor(
    builder: &mut Builder<'_>,
    types: &mut Types,
    index: ClassIndex,
    position: usize,
    field: &OwnField,
) -> Result<Option<FieldDescriptor>, Problem> {
    let flags = builder.world.classes[index].file.fields[position].access;
    let (token, place) = match field.place {
        Place::Constant => return Ok(None),
        Place::Static(token) => {
            (token, FieldPlace::Static(StaticFieldRef::Internal(builder.static_offset(index, position))))
        }
        Place::Instance(token) => {
            let class = ClassRef::Internal(builder.internal(index));
            (Some(token), FieldPlace::Instance { class, token })
        }
    };
    let kind = match &field.kind {
        kind @ (Type::Class(_) | Type::Array(_)) => {
            let kind = TypeDescriptor(vec![builder.cap_type(kind)?]);
            FieldType::Reference(types.intern(kind)?)
        }
        kind => FieldType::Primitive(builder.cap_type(kind)?),
    };
    Ok(Some(FieldDescriptor { token, flags: field_flags(flags), place, kind }))
}

fn method_descriptor(
    builder: &mut Builder<'_>,
    types: &mut Types,
    token: Option<u8>,
    flags: MethodFlags,
    key: &MethodKey,
    signature: &Signature,
) -> Result<MethodDescriptor, Problem> {
    let place = builder.methods.get(key).copied().unwrap_or_default();
    let signature = builder.cap_signature(signature)?;
    Ok(MethodDescriptor {
        token,
        flags,
        offset: builder.method_offset(key),
        signature: types.intern(signature)?,
        bytecode_count: place.bytecode,
        handler_count: place.handlers,
        first_handler: place.first_handler,
    })
}

/// The flags whose bits class files and CAP files have in common.
const COMMON: u16 = access::PUBLIC | access::PRIVATE | access::PROTECTED | access::STATIC | access::FINAL;

fn class_flags(flags: u16) -> ClassFlags {
    let mut result = ClassFlags((flags & (access::PUBLIC | access::FINAL)) as u8);
    if flags & access::INTERFACE != 0 {
        result = result | ClassFlags::INTERFACE;
    }
    if flags & access::ABSTRACT != 0 {
        result = result | ClassFlags::ABSTRACT;
    }
    result
}

fn field_flags(flags: u16) -> FieldFlags {
    FieldFlags((flags & COMMON) as u8)
}

fn method_flags(flags: u16, role: Role) -> MethodFlags {
    let mut result = MethodFlags((flags & COMMON) as u8);
    if flags & access::ABSTRACT != 0 {
        result = result | MethodFlags::ABSTRACT;
    }
    if role == Role::Constructor {
        result = result | MethodFlags::INIT;
    }
    result
}
