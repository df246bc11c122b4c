//! From an entry of the constant pool to the class, field or method that it means (JCVM 6.8, 4.3.7).

use alloc::format;
use alloc::string::String;

use super::world::{ClassKey, Kind, Signature, World, text};
use crate::api::MemberKind;
use crate::cap::{
    Constant, FieldDescriptor, FieldFlags, FieldPlace, FieldType, MethodDescriptor, MethodFlags,
    MethodOffset, PoolIndex, StaticFieldRef, StaticMethodRef,
};
use crate::export::{AccessFlags, MemberView};

/// Who may use a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Private,
    Package,
    Protected,
    Public,
}

/// What a constant means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Member {
    Class(ClassKey),
    Field(Field),
    Method(Method),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// The class that declares it.
    pub(super) class: ClassKey,
    pub(super) access: Access,
    pub(super) place: Place,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Static,
    Instance,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Method {
    /// The class that the reference names.
    pub(super) class: ClassKey,
    /// The class that declares it, as far as is known: for imported virtual methods the one named.
    pub(super) declared_in: ClassKey,
    pub(super) access: Access,
    pub(super) form: Form,
    pub(super) signature: Signature,
    pub(super) is_abstract: bool,
    pub(super) is_final: bool,
}

/// How a method is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Through the class of its object.
    Virtual,
    /// Of the superclass of the named class, on `this`.
    Super,
    /// Without an object.
    Static,
    /// A constructor.
    Constructor,
    /// A private method, with an object.
    Private,
}

/// A constant that means nothing: what should be there and what is.
#[derive(Debug)]
pub(super) struct Unresolved {
    pub(super) expected: String,
    pub(super) found: String,
}

fn unresolved(expected: &str, found: impl core::fmt::Debug) -> Unresolved {
    Unresolved { expected: String::from(expected), found: format!("{found:?}") }
}

impl<'a> World<'a> {
    /// What an entry of the constant pool means.
    pub(super) fn resolve(&self, index: PoolIndex) -> Result<Member, Unresolved> {
        let constant = self.cap.constant_pool.get(index);
        let constant = constant.ok_or_else(|| Unresolved {
            expected: format!("an index below {}", self.cap.constant_pool.entries.len()),
            found: text(index),
        })?;
        self.resolve_constant(constant)
    }

    fn resolve_constant(&self, constant: &Constant) -> Result<Member, Unresolved> {
        let class_of = |class| self.key(class).ok_or_else(|| unresolved("a known class", class));
        match *constant {
            Constant::Class(class) => class_of(class).map(Member::Class),
            Constant::InstanceField { class, token } => {
                let class = class_of(class)?;
                let field = self.instance_field(class, token);
                field.map(Member::Field).ok_or_else(|| unresolved("an instance field", constant))
            }
            Constant::VirtualMethod { class, token } => {
                let class = class_of(class)?;
                let method = self.virtual_method(class, token).map(|method| Method { class, ..method });
                method.map(Member::Method).ok_or_else(|| unresolved("a virtual method", constant))
            }
            Constant::SuperMethod { class, token } => {
                let class = class_of(class)?;
                let above = self.own_class(class).and_then(|_| self.superclass(class));
                let method = above.and_then(|above| self.virtual_method(above, token));
                let method = method.map(|method| Method { class, form: Form::Super, ..method });
                method
                    .map(Member::Method)
                    .ok_or_else(|| unresolved("a virtual method of the superclass", constant))
            }
            Constant::StaticField(field) => self
                .static_field(field)
                .map(Member::Field)
                .ok_or_else(|| unresolved("a static field", constant)),
            Constant::StaticMethod(StaticMethodRef::Internal(place)) => self
                .own_static_method(place)
                .map(Member::Method)
                .ok_or_else(|| unresolved("a static or private method or a constructor", constant)),
            Constant::StaticMethod(StaticMethodRef::External { package, class, token }) => {
                let class = class_of(crate::cap::ClassRef::External { package, class })?;
                let member = self.view(class).and_then(|view| view.member(MemberKind::StaticMethod, token));
                let method = member.and_then(|member| self.imported_method(class, &member));
                method
                    .map(Member::Method)
                    .ok_or_else(|| unresolved("a static method or a constructor", constant))
            }
        }
    }

    fn instance_field(&self, class: ClassKey, token: u8) -> Option<Field> {
        if let Some(view) = self.view(class) {
            let (flags, descriptor) = view.instance_field(token)?;
            let (kind, _) = self.parse_kind(descriptor)?;
            return Some(Field { class, access: imported_access(flags), place: Place::Instance, kind });
        }
        let fields = &self.own_class(class)?.descriptor.fields;
        let field = fields.iter().find(|field| match field.place {
            FieldPlace::Instance { class: declared, token: own } => {
                own == token && self.key(declared) == Some(class)
            }
            FieldPlace::Static(_) => false,
        })?;
        self.own_field(class, field)
    }

    fn static_field(&self, field: StaticFieldRef) -> Option<Field> {
        match field {
            StaticFieldRef::Internal(_) => self.own.iter().enumerate().find_map(|(index, class)| {
                let found =
                    class.descriptor.fields.iter().find(|own| own.place == FieldPlace::Static(field))?;
                self.own_field(ClassKey::Own(index as u16), found)
            }),
            StaticFieldRef::External { package, class, token } => {
                let class = self.key(crate::cap::ClassRef::External { package, class })?;
                let member = self.view(class)?.member(MemberKind::StaticField, token)?;
                let (kind, _) = self.parse_kind(member.descriptor)?;
                Some(Field { class, access: imported_access(member.flags), place: Place::Static, kind })
            }
        }
    }

    /// A described field of a class.
    pub(super) fn own_field(&self, class: ClassKey, field: &FieldDescriptor) -> Option<Field> {
        let place = match field.place {
            FieldPlace::Static(_) => Place::Static,
            FieldPlace::Instance { .. } => Place::Instance,
        };
        Some(Field { class, access: field_access(field.flags), place, kind: self.field_kind(field)? })
    }

    /// A described field's type.
    pub(super) fn field_kind(&self, field: &FieldDescriptor) -> Option<Kind> {
        match field.kind {
            FieldType::Primitive(primitive) => self.kind(primitive),
            FieldType::Reference(offset) => match self.type_at(offset)?.0.as_slice() {
                [only] if only.is_reference() => self.kind(*only),
                _ => None,
            },
        }
    }

    /// The virtual method of a token as objects of `class` have it, declared or inherited.
    pub(super) fn virtual_method(&self, class: ClassKey, token: u8) -> Option<Method> {
        for declared_in in self.chain(class) {
            if let Some(own) = self.own_class(declared_in) {
                if let Some(method) = own.virtual_method(token) {
                    return self.own_method(declared_in, method, Form::Virtual);
                }
            } else {
                let member = self.view(declared_in)?.member(MemberKind::VirtualMethod, token)?;
                return self.imported_method(declared_in, &member);
            }
        }
        None
    }

    /// The method of a token in an interface.
    pub(super) fn interface_method(&self, interface: ClassKey, token: u8) -> Option<Method> {
        match self.own_class(interface) {
            Some(own) => self.own_method(interface, own.virtual_method(token)?, Form::Virtual),
            None => {
                let member = self.view(interface)?.member(MemberKind::InterfaceMethod, token)?;
                self.imported_method(interface, &member)
            }
        }
    }

    fn own_static_method(&self, offset: MethodOffset) -> Option<Method> {
        self.own.iter().enumerate().find_map(|(index, class)| {
            let method = class
                .descriptor
                .methods
                .iter()
                .find(|method| method.offset == offset && !class.descriptor.flags.is_interface())?;
            let form = if method.flags.is_init() {
                Form::Constructor
            } else if method.flags.is_static() {
                Form::Static
            } else if method.flags.is_private() {
                Form::Private
            } else {
                return None;
            };
            self.own_method(ClassKey::Own(index as u16), method, form)
        })
    }

    fn own_method(&self, class: ClassKey, method: &MethodDescriptor, form: Form) -> Option<Method> {
        Some(Method {
            class,
            declared_in: class,
            access: method_access(method.flags),
            form,
            signature: self.signature_of(method)?,
            is_abstract: method.flags.is_abstract(),
            is_final: method.flags.is_final(),
        })
    }

    fn imported_method(&self, class: ClassKey, member: &MemberView<'_>) -> Option<Method> {
        let form = match member.kind {
            MemberKind::VirtualMethod | MemberKind::InterfaceMethod => Form::Virtual,
            MemberKind::StaticMethod if member.name == "<init>" => Form::Constructor,
            MemberKind::StaticMethod => Form::Static,
            MemberKind::Constant | MemberKind::StaticField => return None,
        };
        Some(Method {
            class,
            declared_in: class,
            access: imported_access(member.flags),
            form,
            signature: self.parse_signature(member.descriptor)?,
            is_abstract: member.flags.contains(AccessFlags::ABSTRACT),
            is_final: member.flags.contains(AccessFlags::FINAL),
        })
    }
}

fn imported_access(flags: AccessFlags) -> Access {
    if flags.contains(AccessFlags::PUBLIC) { Access::Public } else { Access::Protected }
}

fn field_access(flags: FieldFlags) -> Access {
    access(flags.is_public(), flags.is_protected(), flags.is_private())
}

pub(super) fn method_access(flags: MethodFlags) -> Access {
    access(flags.is_public(), flags.is_protected(), flags.is_private())
}

fn access(public: bool, protected: bool, private: bool) -> Access {
    match (public, protected, private) {
        (true, ..) => Access::Public,
        (_, true, _) => Access::Protected,
        (.., true) => Access::Private,
        (false, false, false) => Access::Package,
    }
}
