//! From bytecode to [`Op`]s, all methods of a package one behind the other.
//!
//! Two passes over each method: the first numbers the instructions, so that the second can turn distances and
//! handler ranges into indexes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use card_image::cap::{ArrayType, MethodBlock, MethodHeader, MethodOffset, PoolIndex};
use card_image::opcode::{Instruction, Opcode, Operands, SwitchKind, instructions};

use super::code::{Condition, Counts, Op, Switch, Target, TestedType};
use super::link::{LinkError, kind_of};
use super::resolve::{Callee, PACKAGE_VISIBLE, Resolver};
use super::{Handler, Method};
use crate::known;

/// The code of a package.
#[derive(Default)]
pub(super) struct Code {
    pub(super) methods: Vec<Method>,
    pub(super) ops: Vec<Op>,
    pub(super) handlers: Vec<Handler>,
    pub(super) switches: Vec<Switch>,
    pub(super) types: Vec<TestedType>,
}

/// Translates all methods, in the order of their offsets.
pub(super) fn methods(resolver: &Resolver<'_>) -> Result<Code, LinkError> {
    let mut code = Code::default();
    let mut offsets = resolver.method_indexes.keys().peekable();
    while let Some(offset) = offsets.next() {
        // a method ends where the next of its block begins, or with the block
        let next = offsets.peek().filter(|next| next.block == offset.block);
        let whole = || resolver.cap.method.block(offset.block).map_or(0, MethodBlock::size);
        let end = next.map_or_else(whole, |next| next.offset.into());
        method(resolver, &mut code, *offset, end)?;
    }
    Ok(code)
}

fn method(
    resolver: &Resolver<'_>,
    code: &mut Code,
    offset: MethodOffset,
    end: usize,
) -> Result<(), LinkError> {
    let missing = LinkError::NoMethodAt { offset };
    let header = resolver.cap.method.header(offset).ok_or(missing)?;
    let length = end.checked_sub(usize::from(offset.offset) + header.size()).ok_or(missing)?;
    let length = u16::try_from(length).map_err(|_| missing)?;
    let (_, bytecode) = resolver.cap.method.method(offset, length).ok_or(missing)?;
    let first_handler = code.handlers.len() as u16;
    let entry = if header.is_abstract {
        None
    } else {
        let entry = code.ops.len() as Target;
        let mut translation = Translation::new(resolver, code, offset, header, bytecode)?;
        translation.run(bytecode)?;
        translation.handlers()?;
        if code.ops.len() > usize::from(Target::MAX) {
            return Err(LinkError::TooLarge { what: "the code" });
        }
        Some(entry)
    };
    let locals = u16::from(header.nargs) + u16::from(header.max_locals);
    code.methods.push(Method {
        entry,
        arguments: header.nargs,
        locals,
        words: locals + u16::from(header.max_stack),
        handlers: (first_handler, code.handlers.len() as u16),
    });
    Ok(())
}

/// The translation of one method.
struct Translation<'a, 'r> {
    resolver: &'a Resolver<'r>,
    code: &'a mut Code,
    offset: MethodOffset,
    /// Where the bytecode begins in the Method component.
    start: u16,
    length: u16,
    /// The index of the instruction that begins at each offset of the bytecode.
    targets: BTreeMap<u16, Target>,
    /// The index behind the last instruction.
    end: Target,
}

impl<'a, 'r> Translation<'a, 'r> {
    fn new(
        resolver: &'a Resolver<'r>,
        code: &'a mut Code,
        offset: MethodOffset,
        header: MethodHeader,
        bytecode: &[u8],
    ) -> Result<Translation<'a, 'r>, LinkError> {
        let mut targets = BTreeMap::new();
        let mut index = code.ops.len();
        for instruction in instructions(bytecode) {
            let instruction = instruction.map_err(|error| LinkError::Decode { method: offset, error })?;
            targets.insert(instruction.offset, index as Target);
            index += 1;
        }
        let start = offset.offset.saturating_add(header.size() as u16);
        let (length, end) = (bytecode.len() as u16, index as Target);
        Ok(Translation { resolver, code, offset, start, length, targets, end })
    }

    fn run(&mut self, bytecode: &[u8]) -> Result<(), LinkError> {
        for instruction in instructions(bytecode) {
            let instruction =
                instruction.map_err(|error| LinkError::Decode { method: self.offset, error })?;
            let op = self.op(&instruction)?;
            self.code.ops.push(op);
        }
        self.code.ops.push(Op::End);
        Ok(())
    }

    /// The handlers that cover instructions of this method, in their order.
    fn handlers(&mut self) -> Result<(), LinkError> {
        let (start, end) = (self.start, self.start.saturating_add(self.length));
        let block = self.resolver.cap.method.block(self.offset.block);
        for handler in block.iter().flat_map(|block| &block.handlers) {
            if handler.start < start || handler.start >= end {
                continue;
            }
            let last = handler.start.saturating_add(handler.length);
            let catches = match handler.catch_type {
                Some(index) => Some(self.resolver.class_constant(index)?),
                None => None,
            };
            self.code.handlers.push(Handler {
                start: self.index_of(i32::from(handler.start - start))?,
                end: if last >= end { self.end } else { self.index_of(i32::from(last - start))? },
                target: self.index_of(i32::from(handler.handler) - i32::from(start))?,
                catches,
            });
        }
        Ok(())
    }

    fn index_of(&self, target: i32) -> Result<Target, LinkError> {
        let found = u16::try_from(target).ok().and_then(|target| self.targets.get(&target));
        found.copied().ok_or(LinkError::Branch { method: self.offset, target })
    }

    fn branch(&self, instruction: &Instruction<'_>, distance: i16) -> Result<Target, LinkError> {
        self.index_of(i32::from(instruction.offset) + i32::from(distance))
    }

    fn wrong(&self, instruction: &Instruction<'_>) -> LinkError {
        LinkError::Operand { method: self.offset, at: instruction.offset }
    }

    fn local(&self, instruction: &Instruction<'_>) -> Result<u8, LinkError> {
        instruction.local().ok_or_else(|| self.wrong(instruction))
    }

    fn constant(&self, instruction: &Instruction<'_>) -> Result<i32, LinkError> {
        instruction.constant().ok_or_else(|| self.wrong(instruction))
    }

    fn pool(&self, instruction: &Instruction<'_>) -> Result<PoolIndex, LinkError> {
        let index = instruction.pool_index().map(|(index, _)| index);
        index.ok_or_else(|| self.wrong(instruction))
    }

    fn target(&self, instruction: &Instruction<'_>) -> Result<Target, LinkError> {
        match instruction.operands {
            Operands::Branch(distance) => self.branch(instruction, distance),
            _ => Err(self.wrong(instruction)),
        }
    }

    fn counts(&self, instruction: &Instruction<'_>) -> Result<Counts, LinkError> {
        match instruction.operands {
            Operands::Counts { m, n } => Ok(Counts { m, n }),
            _ => Err(self.wrong(instruction)),
        }
    }

    fn increment(&self, instruction: &Instruction<'_>) -> Result<(u8, i16), LinkError> {
        match instruction.operands {
            Operands::Increment { local, by } => Ok((local, by)),
            _ => Err(self.wrong(instruction)),
        }
    }

    fn field(&self, instruction: &Instruction<'_>) -> Result<u16, LinkError> {
        self.resolver.field(self.pool(instruction)?)
    }

    fn place_of_static(&self, instruction: &Instruction<'_>) -> Result<super::code::Place, LinkError> {
        self.resolver.static_field(self.pool(instruction)?)
    }

    /// The one translation of each bytecode.
    fn op(&mut self, at: &Instruction<'_>) -> Result<Op, LinkError> {
        use Opcode as O;
        Ok(match at.opcode {
            O::Nop => Op::Nop,
            O::AconstNull => Op::Push(0),
            O::SconstM1
            | O::Sconst0
            | O::Sconst1
            | O::Sconst2
            | O::Sconst3
            | O::Sconst4
            | O::Sconst5
            | O::Bspush
            | O::Sspush => Op::Push(self.constant(at)? as i16),
            O::IconstM1
            | O::Iconst0
            | O::Iconst1
            | O::Iconst2
            | O::Iconst3
            | O::Iconst4
            | O::Iconst5
            | O::Bipush
            | O::Sipush
            | O::Iipush => Op::PushInt(self.constant(at)?),
            O::Aload
            | O::Aload0
            | O::Aload1
            | O::Aload2
            | O::Aload3
            | O::Sload
            | O::Sload0
            | O::Sload1
            | O::Sload2
            | O::Sload3 => Op::Load(self.local(at)?),
            O::Iload | O::Iload0 | O::Iload1 | O::Iload2 | O::Iload3 => Op::LoadInt(self.local(at)?),
            O::Astore
            | O::Astore0
            | O::Astore1
            | O::Astore2
            | O::Astore3
            | O::Sstore
            | O::Sstore0
            | O::Sstore1
            | O::Sstore2
            | O::Sstore3 => Op::Store(self.local(at)?),
            O::Istore | O::Istore0 | O::Istore1 | O::Istore2 | O::Istore3 => Op::StoreInt(self.local(at)?),
            O::Aaload => Op::LoadRefs,
            O::Baload => Op::LoadBytes,
            O::Saload => Op::LoadShorts,
            O::Iaload => Op::LoadInts,
            O::Aastore => Op::StoreRefs,
            O::Bastore => Op::StoreBytes,
            O::Sastore => Op::StoreShorts,
            O::Iastore => Op::StoreInts,
            O::Pop => Op::Pop,
            O::Pop2 => Op::Pop2,
            O::Dup => Op::Dup,
            O::Dup2 => Op::Dup2,
            O::DupX => Op::DupX(self.counts(at)?),
            O::SwapX => Op::SwapX(self.counts(at)?),
            O::Sadd => Op::Add,
            O::Ssub => Op::Sub,
            O::Smul => Op::Mul,
            O::Sdiv => Op::Div,
            O::Srem => Op::Rem,
            O::Sneg => Op::Neg,
            O::Sshl => Op::Shl,
            O::Sshr => Op::Shr,
            O::Sushr => Op::Ushr,
            O::Sand => Op::And,
            O::Sor => Op::Or,
            O::Sxor => Op::Xor,
            O::Iadd => Op::AddInt,
            O::Isub => Op::SubInt,
            O::Imul => Op::MulInt,
            O::Idiv => Op::DivInt,
            O::Irem => Op::RemInt,
            O::Ineg => Op::NegInt,
            O::Ishl => Op::ShlInt,
            O::Ishr => Op::ShrInt,
            O::Iushr => Op::UshrInt,
            O::Iand => Op::AndInt,
            O::Ior => Op::OrInt,
            O::Ixor => Op::XorInt,
            O::Sinc | O::SincW => self.increment(at).map(|(local, by)| Op::Inc(local, by))?,
            O::Iinc | O::IincW => self.increment(at).map(|(local, by)| Op::IncInt(local, by))?,
            O::S2b => Op::ShortToByte,
            O::S2i => Op::ShortToInt,
            O::I2b => Op::IntToByte,
            O::I2s => Op::IntToShort,
            O::Icmp => Op::CompareInt,
            O::Ifeq | O::IfeqW => Op::If(Condition::Eq, self.target(at)?),
            O::Ifne | O::IfneW => Op::If(Condition::Ne, self.target(at)?),
            O::Iflt | O::IfltW => Op::If(Condition::Lt, self.target(at)?),
            O::Ifge | O::IfgeW => Op::If(Condition::Ge, self.target(at)?),
            O::Ifgt | O::IfgtW => Op::If(Condition::Gt, self.target(at)?),
            O::Ifle | O::IfleW => Op::If(Condition::Le, self.target(at)?),
            O::Ifnull | O::IfnullW => Op::IfNull(self.target(at)?),
            O::Ifnonnull | O::IfnonnullW => Op::IfNonNull(self.target(at)?),
            O::IfScmpeq | O::IfScmpeqW | O::IfAcmpeq | O::IfAcmpeqW => {
                Op::IfCompare(Condition::Eq, self.target(at)?)
            }
            O::IfScmpne | O::IfScmpneW | O::IfAcmpne | O::IfAcmpneW => {
                Op::IfCompare(Condition::Ne, self.target(at)?)
            }
            O::IfScmplt | O::IfScmpltW => Op::IfCompare(Condition::Lt, self.target(at)?),
            O::IfScmpge | O::IfScmpgeW => Op::IfCompare(Condition::Ge, self.target(at)?),
            O::IfScmpgt | O::IfScmpgtW => Op::IfCompare(Condition::Gt, self.target(at)?),
            O::IfScmple | O::IfScmpleW => Op::IfCompare(Condition::Le, self.target(at)?),
            O::Goto | O::GotoW => Op::Goto(self.target(at)?),
            O::Jsr => Op::Jsr(self.target(at)?),
            O::Ret => Op::Ret(self.local(at)?),
            O::Stableswitch | O::Slookupswitch => Op::Switch(self.switch(at)?),
            O::Itableswitch | O::Ilookupswitch => Op::SwitchInt(self.switch(at)?),
            O::Areturn => Op::ReturnRef,
            O::Sreturn => Op::ReturnShort,
            O::Ireturn => Op::ReturnInt,
            O::Return => Op::Return,
            O::GetstaticA | O::GetstaticS => Op::GetStatic(self.place_of_static(at)?),
            O::GetstaticB => Op::GetStaticByte(self.place_of_static(at)?),
            O::GetstaticI => Op::GetStaticInt(self.place_of_static(at)?),
            O::PutstaticA => Op::PutStaticRef(self.place_of_static(at)?),
            O::PutstaticB => Op::PutStaticByte(self.place_of_static(at)?),
            O::PutstaticS => Op::PutStatic(self.place_of_static(at)?),
            O::PutstaticI => Op::PutStaticInt(self.place_of_static(at)?),
            O::GetfieldA | O::GetfieldB | O::GetfieldS | O::GetfieldAW | O::GetfieldBW | O::GetfieldSW => {
                Op::Get(self.field(at)?)
            }
            O::GetfieldI | O::GetfieldIW => Op::GetInt(self.field(at)?),
            O::GetfieldAThis | O::GetfieldBThis | O::GetfieldSThis => Op::GetThis(self.field(at)?),
            O::GetfieldIThis => Op::GetIntThis(self.field(at)?),
            O::PutfieldA | O::PutfieldAW => Op::PutRef(self.field(at)?),
            O::PutfieldB | O::PutfieldBW => Op::PutByte(self.field(at)?),
            O::PutfieldS | O::PutfieldSW => Op::Put(self.field(at)?),
            O::PutfieldI | O::PutfieldIW => Op::PutInt(self.field(at)?),
            O::PutfieldAThis => Op::PutRefThis(self.field(at)?),
            O::PutfieldBThis => Op::PutByteThis(self.field(at)?),
            O::PutfieldSThis => Op::PutThis(self.field(at)?),
            O::PutfieldIThis => Op::PutIntThis(self.field(at)?),
            O::Invokevirtual => self.invoke_virtual(at)?,
            O::Invokespecial | O::Invokestatic => self.invoke(at)?,
            O::Invokeinterface => self.invoke_interface(at)?,
            O::New => Op::New(self.resolver.class_constant(self.pool(at)?)?),
            O::Newarray => self.new_array(at)?,
            O::Anewarray => Op::NewRefArray(self.resolver.class_constant(self.pool(at)?)?),
            O::Arraylength => Op::Length,
            O::Athrow => Op::Throw,
            O::Checkcast => Op::CheckCast(self.tested_type(at)?),
            O::Instanceof => Op::InstanceOf(self.tested_type(at)?),
            O::Impdep1 | O::Impdep2 => return Err(self.wrong(at)),
        })
    }

    fn invoke(&self, at: &Instruction<'_>) -> Result<Op, LinkError> {
        let special = at.opcode == Opcode::Invokespecial;
        Ok(match self.resolver.callee(self.pool(at)?)? {
            Callee::Method { place } if special => Op::InvokeSpecial(place),
            Callee::Method { place } => Op::InvokeStatic(place),
            // java.lang.Object's constructor has nothing to do, and each object's making calls it
            Callee::Native { member, .. } if Some(member) == known::OBJECT_INIT => Op::Pop,
            Callee::Native { member, words, receiver } => {
                Op::InvokeNative { words, receiver, member: member.0 }
            }
        })
    }

    fn invoke_virtual(&self, at: &Instruction<'_>) -> Result<Op, LinkError> {
        let (words, token) = self.resolver.virtual_call(self.pool(at)?)?;
        Ok(if token & PACKAGE_VISIBLE == 0 {
            Op::InvokeVirtual { words, token }
        } else {
            Op::InvokePackage { words, token: token & !PACKAGE_VISIBLE }
        })
    }

    fn invoke_interface(&self, at: &Instruction<'_>) -> Result<Op, LinkError> {
        let Operands::Interface { words, class, token } = at.operands else { return Err(self.wrong(at)) };
        let interface = self.resolver.class_constant(class)?;
        Ok(Op::InvokeInterface { words, token, interface })
    }

    fn new_array(&self, at: &Instruction<'_>) -> Result<Op, LinkError> {
        let Operands::ArrayType(code) = at.operands else { return Err(self.wrong(at)) };
        let element = ArrayType::from_operand(code).ok_or_else(|| self.wrong(at))?;
        Ok(Op::NewArray(kind_of(element)))
    }

    fn tested_type(&mut self, at: &Instruction<'_>) -> Result<u16, LinkError> {
        let Operands::Typed { kind, class } = at.operands else { return Err(self.wrong(at)) };
        let tested = match kind {
            0 => TestedType::Class(self.resolver.class_constant(class)?),
            14 => TestedType::RefArray(self.resolver.class_constant(class)?),
            code => TestedType::Array(kind_of(ArrayType::from_operand(code).ok_or_else(|| self.wrong(at))?)),
        };
        let known = self.code.types.iter().position(|known| *known == tested);
        Ok(known.unwrap_or_else(|| {
            self.code.types.push(tested);
            self.code.types.len() - 1
        }) as u16)
    }

    fn switch(&mut self, at: &Instruction<'_>) -> Result<u16, LinkError> {
        let Operands::Switch(switch) = at.operands else { return Err(self.wrong(at)) };
        let default = self.branch(at, switch.default())?;
        let mut pairs = Vec::new();
        for (key, distance) in switch.entries() {
            pairs.push((key, self.branch(at, distance)?));
        }
        self.code.switches.push(match switch.kind() {
            SwitchKind::Table => {
                let targets = pairs.into_iter().map(|(_, target)| target).collect();
                Switch::Table { low: switch.low(), targets, default }
            }
            SwitchKind::Lookup => {
                pairs.sort_by_key(|(key, _)| *key);
                Switch::Lookup { pairs: pairs.into(), default }
            }
        });
        Ok((self.code.switches.len() - 1) as u16)
    }
}
