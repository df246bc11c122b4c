//! The Debug component (JCVM 6.15): what the class files tell of names, lines and variables, in terms of the card.

use std::collections::HashMap;

use super::assemble::Assembled;
use super::components::{Builder, MethodKey};
use super::diagnostic::Problem;
use super::types::Type;
use super::world::{ClassIndex, FieldPlace, OwnClass};
use crate::cap::{
    CapFormat, ClassDebug, DebugInfo, FieldDebug, LineDebug, MethodDebug, PackageDebug, StringIndex,
    VariableDebug,
};
use crate::classfile::{Code, Constant, Field, access};

/// On classes: javacard.framework.Shareable is above it. Class files have no such bit.
const SHAREABLE: u16 = 0x0800;

/// Where the code of a method came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// By ascending offset in the class file: where the code of the instruction there begins on the card.
    starts: Vec<(u16, u16)>,
    /// By Java's slots: where their 16-bit values and their 32-bit values are.
    slots: Vec<(Option<u8>, Option<u8>)>,
    length: u16,
}

impl Source {
    pub(super) fn new(body: &Assembled, slots: &[(Option<u8>, Option<u8>)]) -> Self {
        Self { starts: body.starts.clone(), slots: slots.to_vec(), length: body.bytes.len() as u16 }
    }

    /// Where the code of the instruction at `offset`, or of the next that has code, begins.
    fn place(&self, offset: usize) -> u16 {
        let found = self.starts.iter().find(|(from, _)| usize::from(*from) >= offset);
        found.map_or(self.length, |(_, place)| *place)
    }

    fn lines(&self, code: &Code) -> Vec<LineDebug> {
        let mut begins: Vec<(u16, u16)> =
            code.lines.iter().map(|line| (self.place(line.offset.into()), line.line)).collect();
        begins.sort_by_key(|(start, _)| *start);
        let ends = begins.iter().skip(1).map(|(start, _)| *start).chain([self.length]);
        let lines = begins.iter().zip(ends).filter(|((start, _), end)| start < end);
        lines.map(|((start, line), end)| LineDebug { start: *start, end: end - 1, line: *line }).collect()
    }

    /// The number of a variable on the card.
    fn slot(&self, slot: u16, descriptor: &str) -> Option<u8> {
        let (narrow, wide) = *self.slots.get(usize::from(slot))?;
        if descriptor == "I" { wide.or(narrow) } else { narrow }
    }
}

/// The strings of the component, each once.
#[derive(Default)]
struct Strings {
    list: Vec<String>,
    known: HashMap<String, StringIndex>,
}

impl Strings {
    fn intern(&mut self, text: &str) -> Result<StringIndex, Problem> {
        if let Some(index) = self.known.get(text) {
            return Ok(*index);
        }
        let count = self.list.len();
        let limit = Problem::Limit { what: "debug strings", count, limit: u16::MAX.into() };
        let index = StringIndex(u16::try_from(count).map_err(|_| limit)?);
        self.list.push(text.to_owned());
        self.known.insert(text.to_owned(), index);
        Ok(index)
    }
}

/// The component's bytes.
pub(super) fn debug_info(builder: &Builder<'_>, keys: &[MethodKey]) -> Result<Vec<u8>, Problem> {
    let mut strings = Strings::default();
    let mut packages = Vec::new();
    for (number, package) in builder.world.packages.iter().enumerate() {
        let mut debug = PackageDebug { name: strings.intern(&package.name)?, classes: Vec::new() };
        for (index, class) in builder.world.classes.iter().enumerate() {
            if class.package == number {
                debug.classes.push(class_debug(builder, keys, &mut strings, index, class)?);
            }
        }
        packages.push(debug);
    }
    let info = DebugInfo { strings: strings.list, packages };
    let format = if builder.format.is_extended() { builder.format } else { CapFormat::V2_2 };
    let limit = Problem::Limit { what: "debug strings", count: info.strings.len(), limit: u16::MAX.into() };
    let bytes = info.encode(format).map_err(|_| limit)?;
    let size =
        Problem::Limit { what: "bytes of debug information", count: bytes.len(), limit: u16::MAX.into() };
    if format.is_extended() || bytes.len() <= u16::MAX.into() { Ok(bytes) } else { Err(size) }
}

fn class_debug(
    builder: &Builder<'_>,
    keys: &[MethodKey],
    strings: &mut Strings,
    index: ClassIndex,
    class: &OwnClass,
) -> Result<ClassDebug, Problem> {
    let file = &class.file;
    let kept = access::PUBLIC | access::FINAL | access::INTERFACE | access::ABSTRACT;
    let interfaces = builder.world.all_interfaces(file);
    let mut debug = ClassDebug {
        name: strings.intern(&file.name)?,
        flags: file.access & kept | if class.shareable { SHAREABLE } else { 0 },
        location: builder.internal(index),
        superclass: strings.intern(file.superclass.as_deref().unwrap_or_default())?,
        source_file: strings.intern(file.source_file.as_deref().unwrap_or_default())?,
        interfaces: interfaces.iter().map(|name| strings.intern(name)).collect::<Result<_, _>>()?,
        ..ClassDebug::default()
    };
    for (position, field) in file.fields.iter().enumerate() {
        debug.fields.push(field_debug(builder, strings, index, position, field)?);
    }
    for key in keys {
        if let MethodKey::Own(owner, position) = key
            && *owner == index
        {
            debug.methods.push(method_debug(builder, strings, class, *position, key)?);
        }
    }
    Ok(debug)
}

fn field_debug(
    builder: &Builder<'_>,
    strings: &mut Strings,
    class: ClassIndex,
    position: usize,
    field: &Field,
) -> Result<FieldDebug, Problem> {
    let contents = match (builder.world.classes[class].fields[position].place, &field.constant) {
        (FieldPlace::Constant, Some(Constant::Int(value))) => *value as u32,
        (FieldPlace::Constant, _) => 0,
        (FieldPlace::Static(_), _) => builder.static_offset(class, position).0.into(),
        (FieldPlace::Instance(token), _) => token.into(),
    };
    Ok(FieldDebug {
        name: strings.intern(&field.name)?,
        descriptor: strings.intern(&field.descriptor)?,
        flags: field.access & 0x001F,
        contents,
    })
}

fn method_debug(
    builder: &Builder<'_>,
    strings: &mut Strings,
    class: &OwnClass,
    position: usize,
    key: &MethodKey,
) -> Result<MethodDebug, Problem> {
    let method = &class.file.methods[position];
    let mut debug = MethodDebug {
        name: strings.intern(&method.name)?,
        descriptor: strings.intern(&method.descriptor)?,
        flags: method.access & (0x001F | access::ABSTRACT),
        ..MethodDebug::default()
    };
    let (Some(code), Some(source), Some(place)) =
        (&method.code, builder.sources.get(key), builder.methods.get(key))
    else {
        return Ok(debug);
    };
    debug.location = place.offset;
    debug.header_size = place.header;
    debug.body_size = place.bytecode;
    debug.lines = source.lines(code);
    for variable in &code.variables {
        let known = Type::parse(&variable.descriptor).ok();
        let Some(index) = known.and_then(|_| source.slot(variable.slot, &variable.descriptor)) else {
            continue;
        };
        let start = source.place(variable.start.into());
        let end = source.place(usize::from(variable.start) + usize::from(variable.length));
        debug.variables.push(VariableDebug {
            index,
            name: strings.intern(&variable.name)?,
            descriptor: strings.intern(&variable.descriptor)?,
            start,
            length: end.saturating_sub(start),
        });
    }
    Ok(debug)
}
