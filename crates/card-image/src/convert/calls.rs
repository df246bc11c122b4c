//! Calls: which of the card's four forms a Java call takes, and what it names.

use super::code::{Item, Width};
use super::diagnostic::Problem;
use super::emit::Emitter;
use super::flow::Value;
use super::java::{Call, Index, Member};
use super::pool::{Reference, ReferenceType};
use super::types::{Signature, Type};
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
}
