//! A CAP file as text, with the source's names where they are known.

use std::fmt::Write as _;

use card_image::cap::{
    CapFile, ClassEntry, ClassRef, Constant, MethodOffset, StaticFieldRef, StaticMethodRef,
};
use card_image::convert::{Converted, MethodSymbol};
use card_image::opcode::instructions;

/// The whole listing.
pub(crate) fn of(converted: &Converted) -> String {
    let mut text = String::new();
    let cap = &converted.cap;
    writeln!(
        text,
        "format {} flags {:?} package {}",
        cap.header.format.version(),
        cap.header.flags.to_string(),
        cap.header.package.aid
    )
    .unwrap();
    for (token, package) in cap.import.packages.iter().enumerate() {
        writeln!(text, "import {token} {package}").unwrap();
    }
    for applet in cap.applet.iter().flat_map(|component| &component.applets) {
        writeln!(text, "applet {} {}", applet.aid, method_name(converted, applet.install)).unwrap();
    }
    classes(&mut text, converted);
    statics(&mut text, cap);
    for method in &converted.methods {
        code(&mut text, converted, method);
    }
    exports(&mut text, converted);
    text
}

fn method_name(converted: &Converted, offset: MethodOffset) -> String {
    let method = converted.methods.iter().find(|method| method.offset == offset);
    method.map_or_else(
        || offset.to_string(),
        |method| format!("{}.{}{}", method.class, method.name, method.descriptor),
    )
}

fn methods(converted: &Converted, base: u8, offsets: &[MethodOffset]) -> String {
    let name = |offset: &MethodOffset| {
        if offset.is_inherited() { "inherited".to_owned() } else { method_name(converted, *offset) }
    };
    let list: Vec<String> =
        offsets.iter().zip(base..).map(|(offset, token)| format!("{token}={}", name(offset))).collect();
    list.join(" ")
}

fn classes(text: &mut String, converted: &Converted) {
    let cap = &converted.cap;
    let descriptors = &cap.descriptor.as_ref().unwrap().packages[0].classes;
    for ((offset, entry), descriptor) in cap.class.with_offsets(cap.header.format).zip(descriptors) {
        let token = descriptor.token.map_or("hidden".to_owned(), |token| format!("token {token}"));
        match entry {
            ClassEntry::Interface(interface) => {
                writeln!(
                    text,
                    "interface {offset} {token} [{}] shareable {} extends {}",
                    descriptor.flags,
                    interface.shareable,
                    class_list(&interface.superinterfaces)
                )
                .unwrap();
            }
            ClassEntry::Class(class) => {
                let superclass = class.superclass.map_or("nothing".to_owned(), |class| class.to_string());
                writeln!(
                    text,
                    "class {offset} {token} [{}] shareable {} extends {superclass}",
                    descriptor.flags, class.shareable
                )
                .unwrap();
                writeln!(
                    text,
                    "  fields {} words, references {} from {}",
                    class.declared_instance_size, class.reference_count, class.first_reference_token
                )
                .unwrap();
                writeln!(
                    text,
                    "  public from {}: {}",
                    class.public_method_table_base,
                    methods(converted, class.public_method_table_base, &class.public_methods)
                )
                .unwrap();
                writeln!(
                    text,
                    "  package from {}: {}",
                    class.package_method_table_base,
                    methods(converted, class.package_method_table_base, &class.package_methods)
                )
                .unwrap();
                for implemented in &class.interfaces {
                    writeln!(text, "  implements {} by {:?}", implemented.interface, implemented.methods)
                        .unwrap();
                }
            }
        }
    }
}

fn class_list(classes: &[ClassRef]) -> String {
    classes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn statics(text: &mut String, cap: &CapFile) {
    let statics = &cap.static_field;
    writeln!(
        text,
        "statics {} bytes, {} references, {} default, others {:?}",
        statics.image_size, statics.reference_count, statics.default_value_count, statics.non_default_values
    )
    .unwrap();
    for array in &statics.array_inits {
        writeln!(text, "  {} {:?}", array.element, array.values).unwrap();
    }
}

fn constant(converted: &Converted, constant: &Constant) -> String {
    match constant {
        Constant::Class(class) => class.to_string(),
        Constant::InstanceField { class, token } => format!("{class} field {token}"),
        Constant::VirtualMethod { class, token } => format!("{class} virtual {token}"),
        Constant::SuperMethod { class, token } => format!("above {class} virtual {token}"),
        Constant::StaticField(StaticFieldRef::Internal(offset)) => offset.to_string(),
        Constant::StaticField(StaticFieldRef::External { package, class, token }) => {
            format!("{package} class {class} static field {token}")
        }
        Constant::StaticMethod(StaticMethodRef::Internal(offset)) => method_name(converted, *offset),
        Constant::StaticMethod(StaticMethodRef::External { package, class, token }) => {
            format!("{package} class {class} static {token}")
        }
    }
}

fn code(text: &mut String, converted: &Converted, symbol: &MethodSymbol) {
    let cap = &converted.cap;
    let (header, code) = cap.method.method(symbol.offset, symbol.length).unwrap();
    writeln!(text, "method {}.{}{}", symbol.class, symbol.name, symbol.descriptor).unwrap();
    let kind = if header.is_abstract { "abstract, " } else { "" };
    writeln!(
        text,
        "  {kind}stack {} arguments {} locals {}",
        header.max_stack, header.nargs, header.max_locals
    )
    .unwrap();
    for instruction in instructions(code) {
        let instruction = instruction.unwrap();
        let named = instruction.pool_index().filter(|(index, place)| {
            let at = symbol.offset.offset + header.size() as u16 + instruction.offset + u16::from(*place);
            let list = if wide(&instruction) {
                &cap.reference_location.blocks[usize::from(symbol.offset.block)].byte2_indices
            } else {
                &cap.reference_location.blocks[usize::from(symbol.offset.block)].byte_indices
            };
            list.contains(&at) && cap.constant_pool.get(*index).is_some()
        });
        let comment = named
            .and_then(|(index, _)| cap.constant_pool.get(index))
            .map_or(String::new(), |entry| format!("  // {}", constant(converted, entry)));
        writeln!(text, "  {:4} {instruction}{comment}", instruction.offset).unwrap();
    }
    let start = symbol.offset.offset + header.size() as u16;
    for handler in cap.method.blocks[usize::from(symbol.offset.block)]
        .handlers
        .iter()
        .filter(|handler| (start..start + symbol.length).contains(&handler.handler))
    {
        let class = handler.catch_type.and_then(|index| cap.constant_pool.get(index));
        let class = class.map_or("anything".to_owned(), |entry| constant(converted, entry));
        let from = handler.start - start;
        writeln!(
            text,
            "  catch {class} from {from} to {} at {} stop {}",
            from + handler.length,
            handler.handler - start,
            handler.stop
        )
        .unwrap();
    }
}

fn wide(instruction: &card_image::opcode::Instruction<'_>) -> bool {
    instruction.opcode.layout() != card_image::opcode::Layout::PoolByte
}

fn exports(text: &mut String, converted: &Converted) {
    for class in &converted.export.classes {
        writeln!(
            text,
            "export {} {} [{}] above {:?} implements {:?}",
            class.token, class.name, class.flags, class.superclasses, class.interfaces
        )
        .unwrap();
        for field in &class.fields {
            writeln!(
                text,
                "  field {} {} {} [{}] {:?}",
                field.token, field.name, field.descriptor, field.flags, field.constant
            )
            .unwrap();
        }
        for method in &class.methods {
            writeln!(
                text,
                "  method {} {}{} [{}]",
                method.token, method.name, method.descriptor, method.flags
            )
            .unwrap();
        }
    }
}
