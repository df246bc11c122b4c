//! The one translation of each bytecode (JCVM 7.5).

use card_image::cap::ArrayType;
use card_image::opcode::{Instruction, Opcode, Operands};

use super::operands::{Operand, Word};
use super::{Flow, Key, Translation};
use crate::package::code::{Binary, BinaryInt, Condition, Element, Field, Op, Rr, Rrc, Rrr, Static};
use crate::package::link::{LinkError, kind_of};

impl Translation<'_, '_> {
    /// Translates a bytecode, and says whether control passes on behind it.
    #[expect(clippy::too_many_lines, reason = "the one dispatch")]
    pub(super) fn bytecode(&mut self, at: &Instruction<'_>) -> Result<Flow, LinkError> {
        use Opcode as O;
        match at.opcode {
            O::Nop => {}
            O::AconstNull => self.push(Word::Const(0)).map(drop)?,
            O::SconstM1
            | O::Sconst0
            | O::Sconst1
            | O::Sconst2
            | O::Sconst3
            | O::Sconst4
            | O::Sconst5
            | O::Bspush
            | O::Sspush => {
                let value = self.constant(at)? as i16;
                self.push(Word::Const(value))?;
            }
            O::IconstM1
            | O::Iconst0
            | O::Iconst1
            | O::Iconst2
            | O::Iconst3
            | O::Iconst4
            | O::Iconst5
            | O::Bipush
            | O::Sipush
            | O::Iipush => {
                let value = self.constant(at)?;
                self.push_int_const(value)?;
            }
            O::Aload
            | O::Aload0
            | O::Aload1
            | O::Aload2
            | O::Aload3
            | O::Sload
            | O::Sload0
            | O::Sload1
            | O::Sload2
            | O::Sload3 => {
                let local = self.variable(at, 1)?;
                self.push(Word::In(local))?;
            }
            O::Iload | O::Iload0 | O::Iload1 | O::Iload2 | O::Iload3 => {
                let local = self.variable(at, 2)?;
                self.push(Word::In(local))?;
                self.push(Word::In(local.next()))?;
            }
            O::Astore
            | O::Astore0
            | O::Astore1
            | O::Astore2
            | O::Astore3
            | O::Sstore
            | O::Sstore0
            | O::Sstore1
            | O::Sstore2
            | O::Sstore3 => {
                let local = self.variable(at, 1)?;
                self.store(local)?;
            }
            O::Istore | O::Istore0 | O::Istore1 | O::Istore2 | O::Istore3 => {
                let local = self.variable(at, 2)?;
                self.store_int(local)?;
            }
            O::Aaload => self.load(Op::LoadRef)?,
            O::Baload => self.load_at(Op::LoadByte, Op::LoadByteConst)?,
            O::Saload => self.load_at(Op::LoadShort, Op::LoadShortConst)?,
            O::Iaload => {
                let (index, array) = (self.pop_reg()?, self.pop_reg()?);
                let value = self.push_int()?;
                self.emit(Op::LoadInt(Element { array, index, value }));
            }
            O::Aastore => {
                let value = self.pop_reg()?;
                self.store_element(Op::StoreRef, value)?;
            }
            O::Bastore => {
                let value = self.pop_byte()?;
                self.store_at(Op::StoreByte, Op::StoreByteConst, value)?;
            }
            O::Sastore => {
                let value = self.pop_reg()?;
                self.store_at(Op::StoreShort, Op::StoreShortConst, value)?;
            }
            O::Iastore => {
                let value = self.pop_int()?;
                self.store_element(Op::StoreInt, value)?;
            }
            O::Pop => self.pop().map(drop)?,
            O::Pop2 => {
                self.pop()?;
                self.pop()?;
            }
            O::Dup => self.dup(1)?,
            O::Dup2 => self.dup(2)?,
            O::DupX => self.dup_x(at)?,
            O::SwapX => self.swap_x(at)?,
            O::Sadd => self.binary(Binary::Add)?,
            O::Ssub => self.binary(Binary::Sub)?,
            O::Smul => self.binary(Binary::Mul)?,
            O::Sdiv => self.division(Op::Div)?,
            O::Srem => self.division(Op::Rem)?,
            O::Sneg => self.unary(Op::Neg)?,
            O::Sshl => self.binary(Binary::Shl)?,
            O::Sshr => self.binary(Binary::Shr)?,
            O::Sushr => self.binary(Binary::Ushr)?,
            O::Sand => self.binary(Binary::And)?,
            O::Sor => self.binary(Binary::Or)?,
            O::Sxor => self.binary(Binary::Xor)?,
            O::Iadd => self.binary_int(|o| Op::BinaryInt(BinaryInt::Add, o))?,
            O::Isub => self.binary_int(|o| Op::BinaryInt(BinaryInt::Sub, o))?,
            O::Imul => self.binary_int(|o| Op::BinaryInt(BinaryInt::Mul, o))?,
            O::Idiv => self.binary_int(Op::DivInt)?,
            O::Irem => self.binary_int(Op::RemInt)?,
            O::Ineg => {
                let from = self.pop_int()?;
                let to = self.push_int()?;
                self.emit(Op::NegInt(Rr { to, from }));
            }
            O::Ishl => self.shift_int(BinaryInt::Shl)?,
            O::Ishr => self.shift_int(BinaryInt::Shr)?,
            O::Iushr => self.shift_int(BinaryInt::Ushr)?,
            O::Iand => self.binary_int(|o| Op::BinaryInt(BinaryInt::And, o))?,
            O::Ior => self.binary_int(|o| Op::BinaryInt(BinaryInt::Or, o))?,
            O::Ixor => self.binary_int(|o| Op::BinaryInt(BinaryInt::Xor, o))?,
            O::Sinc | O::SincW => {
                let (local, by) = self.increment(at, 1)?;
                self.before_change(local);
                self.emit(Op::AddConst(Rrc { to: local, left: local, right: by }));
            }
            O::Iinc | O::IincW => {
                let (local, by) = self.increment(at, 2)?;
                self.before_change(local);
                self.before_change(local.next());
                self.emit(Op::IncInt { local, by });
            }
            O::S2b => self.unary(Op::ToByte)?,
            O::S2i => {
                let from = self.pop_reg()?;
                let to = self.push_int()?;
                self.emit(Op::ToInt(Rr { to, from }));
            }
            O::I2b => {
                self.low_word()?;
                self.unary(Op::ToByte)?;
            }
            O::I2s => self.low_word()?,
            O::Icmp => {
                let (right, left) = (self.pop_int()?, self.pop_int()?);
                let to = self.push_result()?;
                self.emit(Op::CompareInt(Rrr { to, left, right }));
            }
            O::Ifeq | O::IfeqW => self.jump_if_zero(Condition::Eq, self.branch(at)?)?,
            O::Ifne | O::IfneW => self.jump_if_zero(Condition::Ne, self.branch(at)?)?,
            O::Iflt | O::IfltW => self.jump_if_zero(Condition::Lt, self.branch(at)?)?,
            O::Ifge | O::IfgeW => self.jump_if_zero(Condition::Ge, self.branch(at)?)?,
            O::Ifgt | O::IfgtW => self.jump_if_zero(Condition::Gt, self.branch(at)?)?,
            O::Ifle | O::IfleW => self.jump_if_zero(Condition::Le, self.branch(at)?)?,
            O::Ifnull | O::IfnullW => {
                let object = self.pop_reg()?;
                self.write_all();
                self.jump(Op::IfNull { object, target: 0 }, self.branch(at)?);
            }
            O::Ifnonnull | O::IfnonnullW => {
                let object = self.pop_reg()?;
                self.write_all();
                self.jump(Op::IfNonNull { object, target: 0 }, self.branch(at)?);
            }
            O::IfScmpeq | O::IfScmpeqW | O::IfAcmpeq | O::IfAcmpeqW => {
                self.jump_if(Condition::Eq, self.branch(at)?)?;
            }
            O::IfScmpne | O::IfScmpneW | O::IfAcmpne | O::IfAcmpneW => {
                self.jump_if(Condition::Ne, self.branch(at)?)?;
            }
            O::IfScmplt | O::IfScmpltW => self.jump_if(Condition::Lt, self.branch(at)?)?,
            O::IfScmpge | O::IfScmpgeW => self.jump_if(Condition::Ge, self.branch(at)?)?,
            O::IfScmpgt | O::IfScmpgtW => self.jump_if(Condition::Gt, self.branch(at)?)?,
            O::IfScmple | O::IfScmpleW => self.jump_if(Condition::Le, self.branch(at)?)?,
            O::Goto | O::GotoW => {
                self.write_all();
                let key = Key { offset: self.branch(at)?, depth: self.operands.depth() };
                self.goto(key);
                return Ok(Flow::Ends);
            }
            O::Jsr => {
                self.write_all();
                let to = self.push_result()?;
                self.jump(Op::Jsr { to, target: 0 }, self.branch(at)?);
                // the subroutine takes the address
                self.drop_top(1);
            }
            O::Ret => {
                let local = self.variable(at, 1)?;
                self.write_all();
                self.emit(Op::Ret(local));
                return Ok(Flow::Ends);
            }
            O::Stableswitch | O::Slookupswitch => {
                let key = self.pop_reg()?;
                self.switch(at, |index| Op::Switch { key, index })?;
                return Ok(Flow::Ends);
            }
            O::Itableswitch | O::Ilookupswitch => {
                let key = self.pop_int()?;
                self.switch(at, |index| Op::SwitchInt { key, index })?;
                return Ok(Flow::Ends);
            }
            O::Areturn => return self.returns(|this| this.pop_reg().map(Op::ReturnRef)),
            O::Sreturn => {
                return self.returns(|this| {
                    Ok(match this.pop_operand()? {
                        Operand::Reg(register) => Op::ReturnShort(register),
                        Operand::Const(value) => Op::ReturnConst(value),
                    })
                });
            }
            O::Ireturn => return self.returns(|this| this.pop_int().map(Op::ReturnInt)),
            O::Return => return self.returns(|_| Ok(Op::Return)),
            O::GetstaticA => return self.get_static_reference(at),
            O::GetstaticS => self.get_static(at, Op::GetStatic)?,
            O::GetstaticB => self.get_static(at, Op::GetStaticByte)?,
            O::GetstaticI => {
                let (place, value) = (self.static_place(at)?, self.push_int()?);
                self.emit(Op::GetStaticInt(Static { value, place }));
            }
            O::PutstaticA => self.put_static(at, Op::PutStaticRef)?,
            O::PutstaticB => self.put_static(at, Op::PutStaticByte)?,
            O::PutstaticS => self.put_static(at, Op::PutStatic)?,
            O::PutstaticI => {
                let (place, value) = (self.static_place(at)?, self.pop_int()?);
                self.emit(Op::PutStaticInt(Static { value, place }));
            }
            O::GetfieldA | O::GetfieldB | O::GetfieldS | O::GetfieldAW | O::GetfieldBW | O::GetfieldSW => {
                let (word, object) = (self.field(at)?, self.pop_reg()?);
                let value = self.push_result()?;
                self.emit(Op::Get(Field { object, value, word }));
            }
            O::GetfieldI | O::GetfieldIW => {
                let (word, object) = (self.field(at)?, self.pop_reg()?);
                let value = self.push_int()?;
                self.emit(Op::GetInt(Field { object, value, word }));
            }
            O::GetfieldAThis | O::GetfieldBThis | O::GetfieldSThis => {
                let (word, object) = (self.field(at)?, self.local(0, 1)?);
                let value = self.push_result()?;
                self.emit(Op::Get(Field { object, value, word }));
            }
            O::GetfieldIThis => {
                let (word, object) = (self.field(at)?, self.local(0, 1)?);
                let value = self.push_int()?;
                self.emit(Op::GetInt(Field { object, value, word }));
            }
            O::PutfieldA | O::PutfieldAW => {
                let value = self.pop_reg()?;
                self.put(at, Op::PutRef, value)?;
            }
            O::PutfieldB | O::PutfieldBW => {
                let value = self.pop_byte()?;
                self.put(at, Op::PutByte, value)?;
            }
            O::PutfieldS | O::PutfieldSW => {
                let value = self.pop_reg()?;
                self.put(at, Op::Put, value)?;
            }
            O::PutfieldI | O::PutfieldIW => {
                let value = self.pop_int()?;
                self.put(at, Op::PutInt, value)?;
            }
            O::PutfieldAThis => {
                let value = self.pop_reg()?;
                self.put_this(at, Op::PutRef, value)?;
            }
            O::PutfieldBThis => {
                let value = self.pop_byte()?;
                self.put_this(at, Op::PutByte, value)?;
            }
            O::PutfieldSThis => {
                let value = self.pop_reg()?;
                self.put_this(at, Op::Put, value)?;
            }
            O::PutfieldIThis => {
                let value = self.pop_int()?;
                self.put_this(at, Op::PutInt, value)?;
            }
            O::Invokevirtual => return self.invoke_virtual(at),
            O::Invokespecial | O::Invokestatic => return self.invoke(at),
            O::Invokeinterface => return self.invoke_interface(at),
            O::New => {
                let class = self.resolver.class_constant(self.pool(at)?)?;
                let to = self.push_result()?;
                self.emit(Op::New { to, class });
            }
            O::Newarray => {
                let Operands::ArrayType(code) = at.operands else { return Err(self.wrong()) };
                let kind = kind_of(ArrayType::from_operand(code).ok_or_else(|| self.wrong())?);
                let length = self.pop_reg()?;
                let to = self.push_result()?;
                self.emit(Op::NewArray { to, length, kind });
            }
            O::Anewarray => {
                let class = self.resolver.class_constant(self.pool(at)?)?;
                let length = self.pop_reg()?;
                let to = self.push_result()?;
                self.emit(Op::NewRefArray { to, length, class });
            }
            O::Arraylength => self.unary(Op::Length)?,
            O::Athrow => return self.returns(|this| this.pop_reg().map(Op::Throw)),
            O::Checkcast => {
                let (tested, object) = (self.tested_type(at)?, self.top_reg()?);
                self.emit(Op::CheckCast { object, tested });
            }
            O::Instanceof => {
                let (tested, object) = (self.tested_type(at)?, self.pop_reg()?);
                let to = self.push_result()?;
                self.emit(Op::InstanceOf { to, object, tested });
            }
            O::Impdep1 | O::Impdep2 => return Err(self.wrong()),
        }
        Ok(Flow::Next)
    }
}
