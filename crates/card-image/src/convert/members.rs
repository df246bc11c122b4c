//! Tokens and places of a class's own fields and methods (JCVM 4.3.7.3 to 4.3.7.7).

use super::diagnostic::Problem;
use super::types::{Signature, Type};
use super::world::{FieldPlace, OwnClass, OwnField, OwnMethod, Role};
use crate::classfile::{Constant, access};

fn is_visible(flags: u16) -> bool {
    flags & (access::PUBLIC | access::PROTECTED) != 0
}

impl OwnClass {
    pub(super) fn is_interface(&self) -> bool {
        self.file.access & access::INTERFACE != 0
    }

    pub(super) fn add_fields(&mut self) -> Result<(), Problem> {
        let mut next_static = 0;
        for field in &self.file.fields {
            let kind = Type::parse(&field.descriptor)?;
            let constant = matches!(field.constant, Some(Constant::Int(_)));
            let place = if field.access & access::STATIC == 0 {
                FieldPlace::Instance(0)
            } else if constant && field.access & access::FINAL != 0 {
                FieldPlace::Constant
            } else if self.token.is_some() && is_visible(field.access) {
                next_static += 1;
                FieldPlace::Static(Some(next_static - 1))
            } else {
                FieldPlace::Static(None)
            };
            self.fields.push(OwnField { kind, place });
        }
        self.place_instance_fields()
    }

    /// JCVM 4.3.7.5: visible primitives, visible references, hidden references, hidden primitives, so that
    /// the references stand together; an int takes two tokens.
    fn place_instance_fields(&mut self) -> Result<(), Problem> {
        let group = |position: usize| match (
            is_visible(self.file.fields[position].access),
            self.fields[position].kind.is_reference(),
        ) {
            (true, false) => 0,
            (true, true) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        let mut positions: Vec<usize> = (0..self.fields.len())
            .filter(|position| matches!(self.fields[*position].place, FieldPlace::Instance(_)))
            .collect();
        positions.sort_by_key(|position| group(*position));
        let mut next: u16 = 0;
        for position in positions {
            let field = &mut self.fields[position];
            let token = u8::try_from(next).ok().filter(|token| *token < 255);
            let token = token.ok_or(Problem::Limit {
                what: "words of instance fields",
                count: next.into(),
                limit: 255,
            })?;
            field.place = FieldPlace::Instance(token);
            if field.kind.is_reference() {
                self.layout.first_reference = self.layout.first_reference.min(token);
                self.layout.references += 1;
            }
            next += field.kind.words();
        }
        self.layout.words = u8::try_from(next).map_err(|_| Problem::Limit {
            what: "words of instance fields",
            count: next.into(),
            limit: 255,
        })?;
        Ok(())
    }

    pub(super) fn add_methods(&mut self) -> Result<(), Problem> {
        let mut next_static: u8 = 0;
        for method in &self.file.methods {
            refuse_modifiers(method.access, self.is_interface(), &method.name)?;
            let signature = Signature::parse(&method.descriptor)?;
            let role = role(&method.name, method.access, self.is_interface());
            let token = match role {
                Role::Initialiser | Role::Private => None,
                Role::Static | Role::Constructor if self.token.is_some() && is_visible(method.access) => {
                    next_static = next_static.checked_add(1).ok_or(Problem::Limit {
                        what: "static methods",
                        count: 256,
                        limit: 255,
                    })?;
                    Some(next_static - 1)
                }
                Role::Static | Role::Constructor => None,
                Role::Virtual => self.virtuals.token(&method.name, &method.descriptor),
                Role::Interface => {
                    let key = (method.name.clone(), method.descriptor.clone());
                    self.interface_methods
                        .iter()
                        .position(|known| *known == key)
                        .and_then(|token| u8::try_from(token).ok())
                }
            };
            self.methods.push(OwnMethod { signature, token, role });
        }
        Ok(())
    }
}

fn role(name: &str, flags: u16, in_interface: bool) -> Role {
    match name {
        "<clinit>" => Role::Initialiser,
        "<init>" => Role::Constructor,
        _ if flags & access::STATIC != 0 => Role::Static,
        _ if in_interface => Role::Interface,
        _ if flags & access::PRIVATE != 0 => Role::Private,
        _ => Role::Virtual,
    }
}

fn refuse_modifiers(flags: u16, in_interface: bool, name: &str) -> Result<(), Problem> {
    if flags & access::NATIVE != 0 {
        return Err(Problem::Modifier("native"));
    }
    if flags & access::SYNCHRONIZED != 0 {
        return Err(Problem::Modifier("synchronized"));
    }
    if in_interface && flags & access::ABSTRACT == 0 && name != "<clinit>" {
        return Err(Problem::Modifier("a method with a body in an interface"));
    }
    if flags & access::VARARGS != 0 {
        return Err(Problem::Modifier("a variable number of arguments"));
    }
    Ok(())
}
