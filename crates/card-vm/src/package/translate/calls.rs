//! Calls: `invokevirtual`, `invokespecial`, `invokestatic`, `invokeinterface`.
//!
//! The arguments lie in their places, so the callee's window begins at the first of them, and its result takes that
//! place. What lies below them stays what it is known to be: no callee changes its caller's words.

use card_image::opcode::{Instruction, Opcode, Operands};

use super::{Flow, Tables, Translation};
use crate::known;
use crate::package::code::{Op, Origin, Reg, ResultWords, Shape, TestedType};
use crate::package::link::LinkError;
use crate::package::resolve::{Callee, PACKAGE_VISIBLE};

impl Translation<'_, '_> {
    pub(super) fn invoke(&mut self, instruction: &Instruction<'_>) -> Result<Flow, LinkError> {
        let special = instruction.opcode == Opcode::Invokespecial;
        match self.resolver.callee(self.pool(instruction)?)? {
            Callee::Method { place, shape } => {
                let at = self.write_top(shape.arguments.into())?;
                if special {
                    self.emit(Op::CheckReceiver(at));
                }
                let op = match place.origin {
                    Origin::Own => Op::Call { at, method: place.index },
                    Origin::Platform | Origin::Import(_) => Op::CallOther { at, method: place },
                };
                self.call(op, shape)
            }
            // java.lang.Object's constructor has nothing to do, and each object's making calls it
            Callee::Native { member, .. } if Some(member) == known::OBJECT_INIT => {
                self.pop()?;
                Ok(Flow::Next)
            }
            Callee::Native { member, shape, receiver } => {
                let at = self.write_top(shape.arguments.into())?;
                let op = Op::CallNative { at, words: shape.arguments, receiver, member: member.0 };
                self.call(op, shape)
            }
        }
    }

    pub(super) fn invoke_virtual(&mut self, instruction: &Instruction<'_>) -> Result<Flow, LinkError> {
        let (shape, token) = self.resolver.virtual_call(self.pool(instruction)?)?;
        let at = self.receiver(shape)?;
        let op = if token & PACKAGE_VISIBLE == 0 {
            Op::CallVirtual { at, token, shape }
        } else {
            Op::CallPackage { at, token: token & !PACKAGE_VISIBLE, shape }
        };
        self.call(op, shape)
    }

    pub(super) fn invoke_interface(&mut self, instruction: &Instruction<'_>) -> Result<Flow, LinkError> {
        let Operands::Interface { words, class, token } = instruction.operands else {
            return Err(self.wrong());
        };
        let place = self.resolver.class_constant(class)?;
        let result = self.resolver.interface_result(place, token);
        let shape = Shape { arguments: words, result };
        let at = self.receiver(shape)?;
        let interface = self.tables.index_of(TestedType::Class(place))?;
        self.call(Op::CallInterface { at, token, shape, interface }, shape)
    }

    /// `getstatic_a`: the platform's static fields have no image, a native gives each one's value.
    pub(super) fn get_static_reference(&mut self, instruction: &Instruction<'_>) -> Result<Flow, LinkError> {
        let Some(member) = self.resolver.platform_field(self.pool(instruction)?)? else {
            self.get_static(instruction, Op::GetStatic)?;
            return Ok(Flow::Next);
        };
        let shape = Shape { arguments: 0, result: ResultWords::One };
        let at = self.write_top(0)?;
        self.call(Op::CallNative { at, words: 0, receiver: false, member: member.0 }, shape)
    }

    /// The register of the receiver of a call with this shape, the arguments being in their places.
    fn receiver(&mut self, shape: Shape) -> Result<Reg, LinkError> {
        if shape.arguments == 0 {
            return Err(self.wrong());
        }
        self.write_top(shape.arguments.into())
    }

    /// Adds the call itself: the arguments are taken, and the result is in the place of the first.
    fn call(&mut self, op: Op, shape: Shape) -> Result<Flow, LinkError> {
        self.emit(op);
        self.drop_top(shape.arguments.into());
        match shape.result {
            ResultWords::None => {}
            ResultWords::One => self.push_result().map(drop)?,
            ResultWords::Two => self.push_int().map(drop)?,
            // no code returns from it, so there is none behind it
            ResultWords::Unknown => {
                self.emit(Op::End);
                return Ok(Flow::Ends);
            }
        }
        Ok(Flow::Next)
    }
}

impl Tables {
    /// The index of a type that code names.
    pub(super) fn index_of(&mut self, tested: TestedType) -> Result<u16, LinkError> {
        let known = self.types.iter().position(|known| *known == tested);
        let index = known.unwrap_or_else(|| {
            self.types.push(tested);
            self.types.len() - 1
        });
        // the last two indexes mean other calls to the machine's cache of calls
        let index = u16::try_from(index).ok().filter(|index| *index < u16::MAX - 1);
        index.ok_or(LinkError::TooLarge { what: "the number of types" })
    }
}
