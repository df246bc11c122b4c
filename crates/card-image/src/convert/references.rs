//! Instructions that name something: calls, with the card's four forms of them, fields, and casts.

use super::code::{Access, Item, Slot, Width};
use super::diagnostic::Problem;
use super::emit::Emitter;
use super::flow::Value;
use super::java::{Call, Index, Member};
use super::pool::{Reference, ReferenceType};
use super::types::{Signature, Type};
use super::world::FieldPlace;
use crate::opcode::Opcode;

impl Emitter<'_> {
    pub(super) fn invoke(
        &mut self,
        call: Call,
        member: &Member,
        at: Index,
        top: Value,
    ) -> Result<(), Problem> {
        if member.class == "java/util/Objects" && member.name == "requireNonNull" {
            self.null_check();
            return Ok(());
        }
        let signature = Signature::parse(&member.descriptor)?;
        if let Some(last) = signature.parameters.last().filter(|last| !last.is_reference()) {
            self.adapt(top, if *last == Type::Int { Width::Int } else { Width::Short });
        }
        let pops = signature.words(call != Call::Static);
        let pushes = signature.result.as_ref().map_or(0, Type::words);
        let result = signature.result.as_ref().map(Type::letter);
        if call == Call::Interface {
            let token = self.world.interface_method(member)?;
            let class = self.pool.class(&member.class);
            self.push(Item::InvokeInterface { class, token, pops, pushes });
        } else {
            let (opcode, reference) = self.callee(call, member)?;
            let method = self.pool.intern(reference, ReferenceType::Method(signature));
            self.push(Item::Invoke { opcode, method, pops, pushes });
        }
        if let Some(letter) = result {
            self.produced_letter(at, letter);
        }
        Ok(())
    }

    fn callee(&self, call: Call, member: &Member) -> Result<(Opcode, Reference), Problem> {
        match call {
            Call::Static => {
                let place = self.world.direct_method(member)?;
                Ok((Opcode::Invokestatic, Reference::StaticMethod(place)))
            }
            Call::Special => self.special(member),
            Call::Virtual | Call::Interface => {
                if let Ok(place) = self.world.direct_method(member)
                    && self.world.is_private(&place)
                {
                    return Ok((Opcode::Invokespecial, Reference::StaticMethod(place)));
                }
                let (class, token) = self.world.virtual_method(member)?;
                Ok((Opcode::Invokevirtual, Reference::VirtualMethod(class, token)))
            }
        }
    }

    /// A constructor, a private method, or a method of the superclass (JCVM 7.5.55).
    fn special(&self, member: &Member) -> Result<(Opcode, Reference), Problem> {
        let direct = self.world.direct_method(member);
        let reference = match direct {
            Ok(place) if member.name == "<init>" || self.world.is_private(&place) => {
                Reference::StaticMethod(place)
            }
            Err(problem) if member.name == "<init>" => return Err(problem),
            Ok(_) | Err(_) => {
                let (_, token) = self.world.virtual_method(member)?;
                Reference::SuperMethod(self.world.classes[self.class].file.name.clone(), token)
            }
        };
        Ok((Opcode::Invokespecial, reference))
    }

    /// Throws a `NullPointerException` when the reference on top is null, and leaves it there.
    fn null_check(&mut self) {
        let fine = self.fresh_label();
        self.push(Item::Duplicate { words: 1, below: 0 });
        self.push(Item::Branch(Opcode::Ifnonnull, fine));
        self.push(Item::Plain(Opcode::AconstNull));
        self.push(Item::Plain(Opcode::Athrow));
        self.push(Item::Label(fine));
    }

    pub(super) fn static_field(
        &mut self,
        access: Access,
        member: &Member,
        at: Index,
        top: Value,
    ) -> Result<(), Problem> {
        let kind = Type::parse(&member.descriptor)?;
        let letter = kind.letter();
        let place = self.world.static_field(member)?;
        let field = self.pool.intern(Reference::StaticField(place), ReferenceType::Field(kind));
        if access == Access::Put {
            self.adapt_letter(top, letter);
        }
        self.push(Item::Static(access, letter, field));
        if access == Access::Get {
            self.produced_letter(at, letter);
        }
        Ok(())
    }

    pub(super) fn field(
        &mut self,
        access: Access,
        member: &Member,
        at: Index,
        top: Value,
    ) -> Result<(), Problem> {
        let kind = Type::parse(&member.descriptor)?;
        let letter = kind.letter();
        let reference = match self.world.own_field(member)? {
            None => {
                let (class, token) = self.world.foreign_field(member)?;
                Reference::ForeignField(class, token)
            }
            Some((class, position)) => {
                let place = self.world.classes[class].fields[position].place;
                if !matches!(place, FieldPlace::Instance(_)) {
                    return Err(Problem::Code(0));
                }
                Reference::InstanceField(class, position)
            }
        };
        let field = self.pool.intern(reference, ReferenceType::Field(kind));
        let this = match access {
            Access::Get => {
                let loaded = !self.body.is_static
                    && self.items.last() == Some(&Item::Local(Access::Get, Slot::Ref, 0));
                if loaded {
                    self.cut(self.items.len() - 1);
                }
                loaded
            }
            Access::Put => {
                self.adapt_letter(top, letter);
                self.on_this.contains(&at)
            }
        };
        self.push(Item::Field { access, letter, field, this });
        if access == Access::Get {
            self.produced_letter(at, letter);
        }
        Ok(())
    }

    pub(super) fn cast(&mut self, opcode: Opcode, class: &str) -> Result<(), Problem> {
        let (kind, name) = match class {
            "[Z" => (10, None),
            "[B" => (11, None),
            "[S" => (12, None),
            "[I" => (13, None),
            _ => match class.strip_prefix("[L").and_then(|name| name.strip_suffix(';')) {
                Some(element) => (14, Some(element)),
                None if class.starts_with('[') => return Err(Problem::Type(class.to_owned())),
                None => (0, Some(class)),
            },
        };
        if let Some(name) = name {
            self.world.class(name)?;
        }
        let class = name.map(|name| self.pool.class(name));
        self.push(Item::Cast { opcode, kind, class });
        Ok(())
    }

    pub(super) fn new_object(&mut self, class: &str) -> Result<(), Problem> {
        self.world.class(class)?;
        let class = self.pool.class(class);
        self.push(Item::New(class));
        Ok(())
    }

    /// An array of primitives, by Java's number of the element type.
    pub(super) fn new_array(&mut self, element: u8, length: Value) {
        self.adapt(length, Width::Short);
        self.push(Item::NewArray(match element {
            4 => 10,
            8 => 11,
            9 => 12,
            _ => 13,
        }));
    }

    pub(super) fn new_object_array(&mut self, class: &str, length: Value) -> Result<(), Problem> {
        self.adapt(length, Width::Short);
        self.world.class(class)?;
        let class = self.pool.class(class);
        self.push(Item::NewObjectArray(class));
        Ok(())
    }
}
