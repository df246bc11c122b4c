//! From items to bytes: short forms where operands allow, wide branches where distances demand, and the places
//! of constant pool indexes for the ReferenceLocation component.

use std::collections::HashMap;

use super::code::{Access, Item, Label, MethodCode, Slot, Width};
use super::diagnostic::Problem;
use super::pool::{EntryId, Pool};
use super::types::Letter;
use crate::cap::limits::MAX_METHOD_BYTES;
use crate::opcode::Opcode;

/// A method's bytecode.
#[derive(Clone, Debug, Default)]
pub(super) struct Assembled {
    pub(super) bytes: Vec<u8>,
    /// Offsets of one-byte indexes.
    pub(super) byte_indexes: Vec<u16>,
    /// Offsets of two-byte indexes.
    pub(super) word_indexes: Vec<u16>,
    /// Start, end, target, catch type; only ranges that hold code.
    pub(super) handlers: Vec<(u16, u16, u16, Option<u16>)>,
    /// By ascending offset in the class file: where the code of the instruction there begins.
    pub(super) starts: Vec<(u16, u16)>,
    /// Words of the deepest operand stack.
    pub(super) max_stack: u8,
    /// Words of the arguments.
    pub(super) arguments: u8,
    /// Words of the other local variables.
    pub(super) locals: u8,
}

pub(super) fn assemble(code: &MethodCode, pool: &Pool) -> Result<Assembled, Problem> {
    let LaidOut { bytes, places, labels, items } = lay_out(code, pool)?;
    let limit = |what: &'static str, count: usize| Problem::Limit { what, count, limit: MAX_METHOD_BYTES };
    if bytes.len() > MAX_METHOD_BYTES {
        return Err(limit("bytes of a method", bytes.len()));
    }
    let mut assembled = Assembled {
        max_stack: byte("words of operand stack", max_stack(code, pool).into())?,
        arguments: byte("words of arguments", code.arguments.into())?,
        locals: byte("words of local variables", (code.arguments + code.locals).into())?
            - code.arguments as u8,
        starts: code
            .starts
            .iter()
            .filter_map(|(from, item)| Some((*from, *items.get(*item)? as u16)))
            .collect(),
        bytes,
        ..Assembled::default()
    };
    for place in places {
        let list = if place.wide { &mut assembled.word_indexes } else { &mut assembled.byte_indexes };
        list.push(place.offset as u16);
    }
    for handler in &code.handlers {
        let at = |label: Label| labels.get(&label).copied().unwrap_or(assembled.bytes.len()) as u16;
        let (start, end) = (at(handler.start), at(handler.end));
        if start < end {
            let catch = handler.catch.map(|class| pool.index(class));
            assembled.handlers.push((start, end, at(handler.target), catch));
        }
    }
    Ok(assembled)
}

pub(super) fn byte(what: &'static str, count: usize) -> Result<u8, Problem> {
    u8::try_from(count).map_err(|_| Problem::Limit { what, count, limit: 255 })
}

/// Where a constant pool index stands.
struct Place {
    offset: usize,
    wide: bool,
}

struct LaidOut {
    bytes: Vec<u8>,
    places: Vec<Place>,
    labels: HashMap<Label, usize>,
    /// Where each item begins.
    items: Vec<usize>,
}

/// Lays the items out with short branches, widens those that do not reach, and again until all do.
fn lay_out(code: &MethodCode, pool: &Pool) -> Result<LaidOut, Problem> {
    let mut wide = vec![false; code.items.len()];
    let mut labels: HashMap<Label, usize> = HashMap::new();
    loop {
        let mut encoder = Encoder { pool, labels: &labels, bytes: Vec::new(), places: Vec::new(), start: 0 };
        let mut found = HashMap::new();
        let mut items = Vec::with_capacity(code.items.len());
        let mut grown = false;
        for (item, wide) in code.items.iter().zip(&mut wide) {
            if let Item::Label(label) = item {
                found.insert(*label, encoder.bytes.len());
            }
            items.push(encoder.bytes.len());
            grown |= encoder.item(item, wide)?;
        }
        let (bytes, places) = (encoder.bytes, encoder.places);
        if !grown && found == labels {
            return Ok(LaidOut { bytes, places, labels: found, items });
        }
        labels = found;
    }
}

struct Encoder<'a> {
    pool: &'a Pool,
    labels: &'a HashMap<Label, usize>,
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// Where the instruction at hand begins.
    start: usize,
}

impl Encoder<'_> {
    fn opcode(&mut self, opcode: Opcode) {
        self.bytes.push(opcode.byte());
    }

    fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_be_bytes());
    }

    fn index(&mut self, entry: EntryId) {
        self.places.push(Place { offset: self.bytes.len(), wide: true });
        let index = self.pool.index(entry);
        self.u16(index);
    }

    /// The distance to a label from the instruction at hand; zero while labels have no places yet.
    fn distance(&self, label: Label) -> i64 {
        self.labels.get(&label).map_or(0, |place| *place as i64 - self.start as i64)
    }

    fn wide_distance(&mut self, label: Label) -> Result<(), Problem> {
        let distance = self.distance(label);
        let encoded = i16::try_from(distance).map_err(|_| Problem::Limit {
            what: "bytes of a jump",
            count: distance.unsigned_abs() as usize,
            limit: i16::MAX as usize,
        })?;
        self.bytes.extend(encoded.to_be_bytes());
        Ok(())
    }

    /// Writes an item; tells whether its branch had to be widened.
    fn item(&mut self, item: &Item, wide: &mut bool) -> Result<bool, Problem> {
        self.start = self.bytes.len();
        match item {
            Item::Label(_) => {}
            Item::Plain(opcode) => self.opcode(*opcode),
            Item::Push(Width::Short, value) => self.push_short(*value as i16),
            Item::Push(Width::Int, value) => self.push_int(*value),
            Item::Local(access, slot, place) => self.local(*access, *slot, *place),
            Item::Increment(width, place, by) => self.increment(*width, *place, *by),
            Item::Branch(opcode, to) => return self.branch(*opcode, *to, wide),
            Item::Switch { width, cases, default, table } => self.switch(*width, cases, *default, *table)?,
            Item::Static(access, letter, field) => {
                self.opcode(static_opcode(*access, *letter));
                self.index(*field);
            }
            Item::Field { access, letter, field, this } => self.field(*access, *letter, *field, *this)?,
            Item::Invoke { opcode, method, .. } => {
                self.opcode(*opcode);
                self.index(*method);
            }
            Item::InvokeInterface { class, token, pops, .. } => {
                self.opcode(Opcode::Invokeinterface);
                self.bytes.push(byte("words of arguments", (*pops).into())?);
                self.index(*class);
                self.bytes.push(*token);
            }
            Item::New(class) => {
                self.opcode(Opcode::New);
                self.index(*class);
            }
            Item::NewArray(element) => {
                self.opcode(Opcode::Newarray);
                self.bytes.push(*element);
            }
            Item::NewObjectArray(class) => {
                self.opcode(Opcode::Anewarray);
                self.index(*class);
            }
            Item::Cast { opcode, kind, class } => {
                self.opcode(*opcode);
                self.bytes.push(*kind);
                match class {
                    Some(class) => self.index(*class),
                    None => self.u16(0),
                }
            }
            Item::Duplicate { words: 1, below: 0 } => self.opcode(Opcode::Dup),
            Item::Duplicate { words: 2, below: 0 } => self.opcode(Opcode::Dup2),
            Item::Duplicate { words, below } => {
                self.opcode(Opcode::DupX);
                self.bytes.push(words << 4 | below);
            }
            Item::Swap { top, under } => {
                self.opcode(Opcode::SwapX);
                self.bytes.push(top << 4 | under);
            }
            Item::Pop(words) => {
                for _ in 0..words / 2 {
                    self.opcode(Opcode::Pop2);
                }
                for _ in 0..words % 2 {
                    self.opcode(Opcode::Pop);
                }
            }
        }
        Ok(false)
    }

    fn push_short(&mut self, value: i16) {
        if let (-1..=5, Some(opcode)) = (value, nth(Opcode::Sconst0, value.into())) {
            self.opcode(opcode);
        } else if let Ok(byte) = i8::try_from(value) {
            self.opcode(Opcode::Bspush);
            self.bytes.push(byte as u8);
        } else {
            self.opcode(Opcode::Sspush);
            self.bytes.extend(value.to_be_bytes());
        }
    }

    fn push_int(&mut self, value: i32) {
        if let (-1..=5, Some(opcode)) = (value, nth(Opcode::Iconst0, value)) {
            self.opcode(opcode);
        } else if let Ok(byte) = i8::try_from(value) {
            self.opcode(Opcode::Bipush);
            self.bytes.push(byte as u8);
        } else if let Ok(short) = i16::try_from(value) {
            self.opcode(Opcode::Sipush);
            self.bytes.extend(short.to_be_bytes());
        } else {
            self.opcode(Opcode::Iipush);
            self.bytes.extend(value.to_be_bytes());
        }
    }

    fn local(&mut self, access: Access, slot: Slot, place: u8) {
        let (first, general) = match (access, slot) {
            (Access::Get, Slot::Ref) => (Opcode::Aload0, Opcode::Aload),
            (Access::Get, Slot::Value(Width::Short)) => (Opcode::Sload0, Opcode::Sload),
            (Access::Get, Slot::Value(Width::Int)) => (Opcode::Iload0, Opcode::Iload),
            (Access::Put, Slot::Ref) => (Opcode::Astore0, Opcode::Astore),
            (Access::Put, Slot::Value(Width::Short)) => (Opcode::Sstore0, Opcode::Sstore),
            (Access::Put, Slot::Value(Width::Int)) => (Opcode::Istore0, Opcode::Istore),
        };
        if let (0..=3, Some(opcode)) = (place, nth(first, place.into())) {
            self.opcode(opcode);
        } else {
            self.opcode(general);
            self.bytes.push(place);
        }
    }

    fn increment(&mut self, width: Width, place: u8, by: i16) {
        let (short, wide) = match width {
            Width::Short => (Opcode::Sinc, Opcode::SincW),
            Width::Int => (Opcode::Iinc, Opcode::IincW),
        };
        if let Ok(by) = i8::try_from(by) {
            self.opcode(short);
            self.bytes.extend([place, by as u8]);
        } else {
            self.opcode(wide);
            self.bytes.push(place);
            self.bytes.extend(by.to_be_bytes());
        }
    }

    fn branch(&mut self, opcode: Opcode, to: Label, wide: &mut bool) -> Result<bool, Problem> {
        let distance = self.distance(to);
        let grown = !*wide && i8::try_from(distance).is_err();
        *wide |= grown;
        match nth(opcode, i32::from(Opcode::IfeqW.byte()) - i32::from(Opcode::Ifeq.byte())) {
            Some(wide_opcode) if *wide => {
                self.opcode(wide_opcode);
                // places are not final yet: one that is too far now is found when they are
                if grown {
                    self.u16(0);
                } else {
                    self.wide_distance(to)?;
                }
            }
            _ => {
                self.opcode(opcode);
                self.bytes.push(distance as i8 as u8);
            }
        }
        Ok(grown)
    }

    fn switch(
        &mut self,
        width: Width,
        cases: &[(i32, Label)],
        default: Label,
        table: bool,
    ) -> Result<(), Problem> {
        self.opcode(match (width, table) {
            (Width::Short, true) => Opcode::Stableswitch,
            (Width::Short, false) => Opcode::Slookupswitch,
            (Width::Int, true) => Opcode::Itableswitch,
            (Width::Int, false) => Opcode::Ilookupswitch,
        });
        self.wide_distance(default)?;
        if let (true, Some((low, _)), Some((high, _))) = (table, cases.first(), cases.last()) {
            self.switch_key(width, *low);
            self.switch_key(width, *high);
            for (_, to) in cases {
                self.wide_distance(*to)?;
            }
        } else {
            self.u16(cases.len() as u16);
            for (case, to) in cases {
                self.switch_key(width, *case);
                self.wide_distance(*to)?;
            }
        }
        Ok(())
    }

    fn switch_key(&mut self, width: Width, key: i32) {
        match width {
            Width::Short => self.bytes.extend((key as i16).to_be_bytes()),
            Width::Int => self.bytes.extend(key.to_be_bytes()),
        }
    }

    fn field(&mut self, access: Access, letter: Letter, field: EntryId, this: bool) -> Result<(), Problem> {
        let index = self.pool.index(field);
        let base = match access {
            Access::Get => Opcode::GetfieldA,
            Access::Put => Opcode::PutfieldA,
        };
        let form = |first: Opcode| nth(first, letter as i32).unwrap_or(first);
        if let Ok(short) = u8::try_from(index) {
            let of_this = match access {
                Access::Get => Opcode::GetfieldAThis,
                Access::Put => Opcode::PutfieldAThis,
            };
            self.opcode(form(if this { of_this } else { base }));
            self.places.push(Place { offset: self.bytes.len(), wide: false });
            self.bytes.push(short);
            return Ok(());
        }
        let far = match access {
            Access::Get => Opcode::GetfieldAW,
            Access::Put => Opcode::PutfieldAW,
        };
        if this {
            self.this_below(access, letter);
        }
        self.opcode(form(far));
        self.index(field);
        Ok(())
    }

    /// The wide forms have none for fields of `this`: the object is put where it would have been.
    fn this_below(&mut self, access: Access, letter: Letter) {
        self.opcode(Opcode::Aload0);
        if access == Access::Put {
            self.opcode(Opcode::SwapX);
            self.bytes.push(1 << 4 | letter.words() as u8);
        }
    }
}

/// The opcode so many after another: compact forms follow one another in the table.
fn nth(first: Opcode, distance: i32) -> Option<Opcode> {
    u8::try_from(i32::from(first.byte()) + distance).ok().and_then(Opcode::from_byte)
}

fn static_opcode(access: Access, letter: Letter) -> Opcode {
    let first = match access {
        Access::Get => Opcode::GetstaticA,
        Access::Put => Opcode::PutstaticA,
    };
    nth(first, letter as i32).unwrap_or(first)
}

/// The deepest operand stack in words, by following every path once.
fn max_stack(code: &MethodCode, pool: &Pool) -> u16 {
    let labels: HashMap<Label, usize> = (code.items.iter().enumerate())
        .filter_map(|(at, item)| if let Item::Label(label) = item { Some((*label, at)) } else { None })
        .collect();
    let mut seen = vec![false; code.items.len()];
    let mut pending = vec![(0, 0)];
    pending.extend(code.handlers.iter().filter_map(|handler| Some((*labels.get(&handler.target)?, 1))));
    let mut deepest: u16 = if code.handlers.is_empty() { 0 } else { 1 };
    while let Some((at, depth)) = pending.pop() {
        let Some(item) = code.items.get(at).filter(|_| !std::mem::replace(&mut seen[at], true)) else {
            continue;
        };
        let (pops, pushes) = item.effect();
        let after = depth - pops.min(depth) + pushes;
        // a field of this whose index is not short puts this on the stack for a moment
        let far = |field: &EntryId| pool.index(*field) > u8::MAX.into();
        let extra = matches!(item, Item::Field { this: true, field, .. } if far(field));
        deepest = deepest.max(after).max(depth + u16::from(extra));
        pending.extend(item.targets().into_iter().filter_map(|to| Some((*labels.get(&to)?, after))));
        if item.falls_through() && at + 1 < code.items.len() {
            pending.push((at + 1, after));
        }
    }
    deepest
}
