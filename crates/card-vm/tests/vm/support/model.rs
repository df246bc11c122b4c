//! Bytecode run as the specification tells it, one bytecode after the other on a stack: the obvious machine that the
//! real one is compared with. It knows what [`super::generate`] makes and nothing more.

use card_image::cap::{ExceptionHandler, MethodHeader};
use card_image::opcode::{Instruction, Opcode as O, Operands};
use card_vm::value::{int_of, words_of};

/// What a method did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    /// The short that it gave, or the simple name of its exception.
    pub(crate) result: Result<i16, &'static str>,
    pub(crate) bytes: Vec<i8>,
    pub(crate) shorts: Vec<i16>,
}

struct Model<'a> {
    code: &'a [u8],
    stack: Vec<i16>,
    locals: Vec<i16>,
    bytes: Vec<i8>,
    shorts: Vec<i16>,
    next: u16,
}

enum Done {
    Returned(i16),
    Thrown(&'static str),
}

const BYTES: i16 = 100;
const SHORTS: i16 = 200;
const INDEX: Done = Done::Thrown("ArrayIndexOutOfBoundsException");

/// Runs the only method of a block: its header begins at `start`.
pub(crate) fn run(code: &[u8], start: u16, handlers: &[ExceptionHandler], elements: i16) -> Outcome {
    let header = MethodHeader::read(code).unwrap();
    let first = start + header.size() as u16;
    let mut model = Model {
        code: &code[header.size()..],
        stack: Vec::new(),
        locals: vec![0; usize::from(header.nargs) + usize::from(header.max_locals)],
        bytes: (0..elements).map(|at| (at * 37) as i8).collect(),
        shorts: (0..elements).map(|at| at.wrapping_mul(9001)).collect(),
        next: 0,
    };
    (model.locals[0], model.locals[1]) = (BYTES, SHORTS);
    let mut steps = 0;
    let result = loop {
        steps += 1;
        assert!(steps < 1_000_000, "the method does not end");
        let at = model.next;
        match model.step() {
            Ok(()) => {}
            Err(Done::Returned(value)) => break Ok(value),
            Err(Done::Thrown(name)) => {
                let covers = |handler: &&ExceptionHandler| {
                    let start = handler.start - first;
                    start <= at && at < start + handler.length
                };
                match handlers.iter().find(covers) {
                    Some(handler) => {
                        model.stack = vec![1];
                        model.next = handler.handler - first;
                    }
                    None => break Err(name),
                }
            }
        }
    };
    Outcome { result, bytes: model.bytes, shorts: model.shorts }
}

impl Model<'_> {
    fn pop(&mut self) -> i16 {
        self.stack.pop().unwrap()
    }

    fn pop_int(&mut self) -> i32 {
        let low = self.pop();
        int_of(self.pop(), low)
    }

    fn push_int(&mut self, int: i32) {
        let (high, low) = words_of(int);
        self.stack.extend([high, low]);
    }

    fn jump(&mut self, instruction: &Instruction<'_>, distance: i16) {
        self.next = instruction.offset.wrapping_add_signed(distance);
    }

    fn branch_if(&mut self, instruction: &Instruction<'_>, holds: bool) {
        let Operands::Branch(distance) = instruction.operands else { panic!("{instruction:?}") };
        if holds {
            self.jump(instruction, distance);
        }
    }

    fn short(&mut self, of: impl Fn(i32, i32) -> i32) {
        let (right, left) = (i32::from(self.pop()), i32::from(self.pop()));
        self.stack.push(of(left, right) as i16);
    }

    fn int(&mut self, of: impl Fn(i32, i32) -> i32) {
        let (right, left) = (self.pop_int(), self.pop_int());
        self.push_int(of(left, right));
    }

    fn element(&mut self, array: i16) -> Result<usize, Done> {
        let index = self.pop();
        assert_eq!(self.pop(), array);
        usize::try_from(index).ok().filter(|index| *index < self.bytes.len()).ok_or(INDEX)
    }

    fn step(&mut self) -> Result<(), Done> {
        let instruction = Instruction::decode(self.code, self.next).unwrap();
        self.next += instruction.length;
        let local = usize::from(instruction.local().unwrap_or(0));
        match instruction.opcode {
            O::Pop => drop(self.pop()),
            O::Pop2 => drop(self.pop_int()),
            O::SconstM1 | O::Sconst0 | O::Sconst1 | O::Bspush | O::Sspush => {
                self.stack.push(instruction.constant().unwrap() as i16);
            }
            O::Bipush | O::Iipush => self.push_int(instruction.constant().unwrap()),
            O::Sload | O::Aload0 | O::Aload1 => self.stack.push(self.locals[local]),
            O::Iload => self.stack.extend([self.locals[local], self.locals[local + 1]]),
            O::Sstore | O::Astore => self.locals[local] = self.pop(),
            O::Istore => {
                self.locals[local + 1] = self.pop();
                self.locals[local] = self.pop();
            }
            O::Sinc | O::SincW | O::Iinc | O::IincW => self.increment(&instruction),
            O::Baload | O::Saload | O::Bastore | O::Sastore => self.array(instruction.opcode)?,
            O::Dup => self.stack.push(*self.stack.last().unwrap()),
            O::Dup2 => self.stack.extend_from_within(self.stack.len() - 2..),
            O::DupX | O::SwapX => self.permute(&instruction),
            O::Sneg => {
                let value = self.pop();
                self.stack.push(value.wrapping_neg());
            }
            O::S2b => {
                let value = self.pop();
                self.stack.push(i16::from(value as i8));
            }
            O::S2i => {
                let value = self.pop();
                self.push_int(value.into());
            }
            O::I2b => {
                let value = self.pop_int();
                self.stack.push(i16::from(value as i8));
            }
            O::I2s => {
                let value = self.pop_int();
                self.stack.push(value as i16);
            }
            O::Ineg => {
                let value = self.pop_int();
                self.push_int(value.wrapping_neg());
            }
            O::Icmp => {
                let (right, left) = (self.pop_int(), self.pop_int());
                self.stack.push(left.cmp(&right) as i16);
            }
            O::Goto | O::GotoW => self.branch_if(&instruction, true),
            O::Jsr => {
                self.stack.push(self.next as i16);
                self.branch_if(&instruction, true);
            }
            O::Ret => self.next = self.locals[local] as u16,
            O::Stableswitch | O::Slookupswitch => {
                let key = self.pop();
                self.switch(&instruction, key.into());
            }
            O::Itableswitch | O::Ilookupswitch => {
                let key = self.pop_int();
                self.switch(&instruction, key);
            }
            O::Sreturn => return Err(Done::Returned(self.pop())),
            other if other.mnemonic().starts_with("if") => self.conditional(&instruction),
            other => self.arithmetic(other)?,
        }
        Ok(())
    }

    fn arithmetic(&mut self, opcode: O) -> Result<(), Done> {
        let divides_by_zero = match opcode {
            O::Sdiv | O::Srem => self.stack.ends_with(&[0]),
            O::Idiv | O::Irem => self.stack.ends_with(&[0, 0]),
            _ => false,
        };
        if divides_by_zero {
            return Err(Done::Thrown("ArithmeticException"));
        }
        match opcode {
            O::Sadd => self.short(|left, right| left + right),
            O::Ssub => self.short(|left, right| left - right),
            O::Smul => self.short(|left, right| left * right),
            O::Sdiv => self.short(|left, right| left / right),
            O::Srem => self.short(|left, right| left % right),
            O::Sand => self.short(|left, right| left & right),
            O::Sor => self.short(|left, right| left | right),
            O::Sxor => self.short(|left, right| left ^ right),
            O::Sshl => self.short(|left, right| left << (right & 31)),
            O::Sshr => self.short(|left, right| left >> (right & 31)),
            O::Sushr => self.short(|left, right| ((left as u32) >> (right & 31)) as i32),
            O::Iadd => self.int(i32::wrapping_add),
            O::Isub => self.int(i32::wrapping_sub),
            O::Imul => self.int(i32::wrapping_mul),
            O::Idiv => self.int(i32::wrapping_div),
            O::Irem => self.int(i32::wrapping_rem),
            O::Iand => self.int(|left, right| left & right),
            O::Ior => self.int(|left, right| left | right),
            O::Ixor => self.int(|left, right| left ^ right),
            O::Ishl => self.int(|left, right| left << (right & 31)),
            O::Ishr => self.int(|left, right| left >> (right & 31)),
            O::Iushr => self.int(|left, right| ((left as u32) >> (right & 31)) as i32),
            other => panic!("the model does not know {}", other.mnemonic()),
        }
        Ok(())
    }

    fn increment(&mut self, instruction: &Instruction<'_>) {
        let Operands::Increment { local, by } = instruction.operands else { panic!("{instruction:?}") };
        let local = usize::from(local);
        if instruction.opcode.mnemonic().starts_with('s') {
            self.locals[local] = self.locals[local].wrapping_add(by);
        } else {
            let int = int_of(self.locals[local], self.locals[local + 1]);
            (self.locals[local], self.locals[local + 1]) = words_of(int.wrapping_add(by.into()));
        }
    }

    fn array(&mut self, opcode: O) -> Result<(), Done> {
        match opcode {
            O::Baload => {
                let at = self.element(BYTES)?;
                self.stack.push(self.bytes[at].into());
            }
            O::Saload => {
                let at = self.element(SHORTS)?;
                self.stack.push(self.shorts[at]);
            }
            O::Bastore => {
                let value = self.pop();
                let at = self.element(BYTES)?;
                self.bytes[at] = value as i8;
            }
            _ => {
                let value = self.pop();
                let at = self.element(SHORTS)?;
                self.shorts[at] = value;
            }
        }
        Ok(())
    }

    fn permute(&mut self, instruction: &Instruction<'_>) {
        let Operands::Counts { m, n } = instruction.operands else { panic!("{instruction:?}") };
        let (m, n) = (usize::from(m), usize::from(n));
        let top = self.stack.split_off(self.stack.len() - m);
        let below = if instruction.opcode == O::SwapX { n } else { n - m };
        let below = self.stack.split_off(self.stack.len() - below);
        self.stack.extend(&top);
        self.stack.extend(below);
        if instruction.opcode == O::DupX {
            self.stack.extend(top);
        }
    }

    fn conditional(&mut self, instruction: &Instruction<'_>) {
        let name = instruction.opcode.mnemonic().trim_end_matches("_w");
        let right = if name.starts_with("if_scmp") { self.pop() } else { 0 };
        let left = self.pop();
        let holds = match &name[name.len() - 2..] {
            "eq" => left == right,
            "ne" => left != right,
            "lt" => left < right,
            "ge" => left >= right,
            "gt" => left > right,
            "le" => left <= right,
            _ => panic!("{name}"),
        };
        self.branch_if(instruction, holds);
    }

    fn switch(&mut self, instruction: &Instruction<'_>, key: i32) {
        let Operands::Switch(switch) = instruction.operands else { panic!("{instruction:?}") };
        let found = switch.entries().find(|(case, _)| *case == key);
        self.jump(instruction, found.map_or(switch.default(), |(_, distance)| distance));
    }
}
