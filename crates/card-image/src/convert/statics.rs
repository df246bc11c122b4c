//! Static fields (JCVM 2.2.3 and 6.11). A card runs no initialisers: what `<clinit>` would compute is computed
//! here, as far as it sets fields to constants and to new arrays of constants, and goes into the image. A library's are set
//! to constants alone (JCVM 2.2.4.6): it belongs to no applet that could own an array.

use std::collections::HashMap;

use super::diagnostic::Problem;
use super::java::{Op, Shuffle, decode};
use super::types::{Element, Type};
use super::world::{ClassIndex, FieldPlace, OwnClass, Role};
use crate::cap::{ArrayInit, ArrayType, StaticField};

/// The value that a static field begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Initial {
    Value(i32),
    Array(Vec<i32>),
}

/// The image, and where each field is in it, by class and position.
#[derive(Debug, Default)]
pub(super) struct StaticImage {
    pub(super) component: StaticField,
    pub(super) offsets: HashMap<(ClassIndex, usize), u16>,
}

/// A problem of a class at an offset of its initialiser.
pub(super) type Refusal = (ClassIndex, u16, Problem);

/// Where a field belongs: JCVM 6.11 has the image in four parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    InitialisedArray,
    NullReference,
    Default,
    NotDefault,
}

/// Whether a file has applets, which could own the arrays that its fields begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Applets,
    Nobody,
}

pub(super) fn image(classes: &[OwnClass], owner: Owner) -> Result<StaticImage, Vec<Refusal>> {
    let mut fields = Vec::new();
    let mut problems = Vec::new();
    for (index, class) in classes.iter().enumerate() {
        match initial_values(class, owner) {
            Ok(initial) => {
                fields.extend(static_fields(class).map(|field| (index, field, initial.get(&field).cloned())));
            }
            Err((offset, problem)) => problems.push((index, offset, problem)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut image = StaticImage::default();
    let mut size: usize = 0;
    for part in [Part::InitialisedArray, Part::NullReference, Part::Default, Part::NotDefault] {
        for (index, field, initial) in &fields {
            let kind = &classes[*index].fields[*field].kind;
            if part_of(kind, initial.as_ref()) == part {
                image.offsets.insert((*index, *field), size as u16);
                image.add(kind, initial.as_ref(), part);
                size += usize::from(kind.image_size());
            }
        }
    }
    image.component.image_size = u16::try_from(size).map_err(|_| {
        vec![(0, 0, Problem::Limit { what: "bytes of static fields", count: size, limit: u16::MAX.into() })]
    })?;
    Ok(image)
}

fn static_fields(class: &OwnClass) -> impl Iterator<Item = usize> + use<'_> {
    let fields = class.fields.iter().enumerate();
    fields.filter(|(_, field)| matches!(field.place, FieldPlace::Static(_))).map(|(position, _)| position)
}

fn part_of(kind: &Type, initial: Option<&Initial>) -> Part {
    match (kind.is_reference(), initial) {
        (true, Some(_)) => Part::InitialisedArray,
        (true, None) => Part::NullReference,
        (false, None | Some(Initial::Value(0))) => Part::Default,
        (false, Some(_)) => Part::NotDefault,
    }
}

impl StaticImage {
    fn add(&mut self, kind: &Type, initial: Option<&Initial>, part: Part) {
        let component = &mut self.component;
        match part {
            Part::InitialisedArray | Part::NullReference => component.reference_count += 1,
            Part::Default => component.default_value_count += kind.image_size(),
            Part::NotDefault => {}
        }
        match (kind, initial) {
            (Type::Array(element), Some(Initial::Array(values))) => {
                let (element, size) = match element {
                    Element::Boolean => (ArrayType::Boolean, 1),
                    Element::Byte => (ArrayType::Byte, 1),
                    Element::Short => (ArrayType::Short, 2),
                    Element::Int | Element::Class(_) => (ArrayType::Int, 4),
                };
                let values = values.iter().flat_map(|value| last_bytes(*value, size)).collect();
                component.array_inits.push(ArrayInit { element, values });
            }
            (kind, Some(Initial::Value(value))) if part == Part::NotDefault => {
                component.non_default_values.extend(last_bytes(*value, kind.image_size().into()));
            }
            _ => {}
        }
    }
}

fn last_bytes(value: i32, size: usize) -> Vec<u8> {
    value.to_be_bytes()[4 - size..].to_vec()
}

/// A value on the initialiser's stack.
#[derive(Clone, Debug)]
enum Item {
    Value(i32),
    Null,
    /// An array by its number.
    Array(usize),
}

type At<T> = Result<T, (u16, Problem)>;

/// Runs the initialiser as far as it is constant.
fn initial_values(class: &OwnClass, owner: Owner) -> At<HashMap<usize, Initial>> {
    let position = class.methods.iter().position(|method| method.role == Role::Initialiser);
    let Some(code) = position.and_then(|position| class.file.methods[position].code.as_ref()) else {
        return Ok(HashMap::new());
    };
    let (instructions, _) = decode(&code.bytes, &class.file.pool)?;
    let mut run = Run { class, owner, stack: Vec::new(), arrays: Vec::new(), fields: HashMap::new() };
    for instruction in &instructions {
        if !matches!(instruction.op, Op::Return(None)) {
            run.step(&instruction.op).map_err(|problem| (instruction.offset, problem))?;
        }
    }
    let mut initial = HashMap::new();
    for (field, item) in run.fields {
        match item {
            Item::Value(value) => drop(initial.insert(field, Initial::Value(value))),
            Item::Array(number) => drop(initial.insert(field, Initial::Array(run.arrays[number].clone()))),
            Item::Null => {}
        }
    }
    Ok(initial)
}

struct Run<'a> {
    class: &'a OwnClass,
    owner: Owner,
    stack: Vec<Item>,
    arrays: Vec<Vec<i32>>,
    fields: HashMap<usize, Item>,
}

/// The most elements of an array that an image takes.
const MAX_ELEMENTS: i32 = 0x7FFF;

impl Run<'_> {
    fn pop(&mut self) -> Result<Item, Problem> {
        self.stack.pop().ok_or(Problem::Initialiser)
    }

    fn int(&mut self) -> Result<i32, Problem> {
        match self.pop()? {
            Item::Value(value) => Ok(value),
            Item::Null | Item::Array(_) => Err(Problem::Initialiser),
        }
    }

    fn step(&mut self, op: &Op) -> Result<(), Problem> {
        match op {
            Op::Constant(value) => self.stack.push(Item::Value(*value)),
            Op::Null => self.stack.push(Item::Null),
            Op::ToByte => {
                let value = self.int()?;
                self.stack.push(Item::Value((value as i8).into()));
            }
            Op::ToShort => {
                let value = self.int()?;
                self.stack.push(Item::Value((value as i16).into()));
            }
            Op::NewArray(_) if self.owner == Owner::Nobody => return Err(Problem::LibraryArray),
            Op::NewArray(_) => {
                let length = self.int()?;
                let length = Some(length).filter(|length| (0..=MAX_ELEMENTS).contains(length));
                let length = length.ok_or(Problem::Initialiser)?;
                self.arrays.push(vec![0; length as usize]);
                self.stack.push(Item::Array(self.arrays.len() - 1));
            }
            Op::Shuffle(Shuffle::Dup) => {
                let top = self.stack.last().cloned().ok_or(Problem::Initialiser)?;
                self.stack.push(top);
            }
            Op::ArrayStore(_) => {
                let (value, at) = (self.int()?, self.int()?);
                let Item::Array(number) = self.pop()? else { return Err(Problem::Initialiser) };
                let element = usize::try_from(at).ok().and_then(|at| self.arrays[number].get_mut(at));
                *element.ok_or(Problem::Initialiser)? = value;
            }
            Op::PutStatic(member) if member.class == self.class.file.name => {
                let item = self.pop()?;
                let fields = &self.class.file.fields;
                let field = fields
                    .iter()
                    .position(|field| field.name == member.name && field.descriptor == member.descriptor);
                let shared = self
                    .fields
                    .values()
                    .any(|known| matches!((known, &item), (Item::Array(a), Item::Array(b)) if a == b));
                if shared {
                    return Err(Problem::Initialiser);
                }
                self.fields.insert(field.ok_or(Problem::Initialiser)?, item);
            }
            _ => return Err(Problem::Initialiser),
        }
        Ok(())
    }
}
