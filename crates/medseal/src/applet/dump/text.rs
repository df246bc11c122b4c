//! A dump as text: a header, then each class with its methods as an assembler lists them.

use super::tables::{Class, Dump, Method};
use std::fmt::Write as _;

/// The whole text.
pub(super) fn of(dump: &Dump) -> String {
    let mut text = String::new();
    let form = if dump.extended { "extended" } else { "compact" };
    put(&mut text, format_args!("CAP {} {form} [{}] {} {}", dump.format, dump.flags, dump.aid, dump.version));
    for package in &dump.packages {
        let name = package.name.as_deref().unwrap_or("without a name");
        put(&mut text, format_args!("package {} {} {name}", package.aid, package.version));
    }
    for import in &dump.imports {
        let name = import.name.as_deref().unwrap_or("");
        put(&mut text, format_args!("import {} {} {name}", import.aid, import.version));
    }
    for applet in &dump.applets {
        put(&mut text, format_args!("applet {} {}", applet.aid, applet.install));
    }
    let sizes: Vec<String> =
        dump.components.iter().map(|component| format!("{} {}", component.name, component.bytes)).collect();
    put(&mut text, format_args!("bytes {}", sizes.join(", ")));
    let statics = &dump.statics;
    put(&mut text, format_args!("statics {} bytes, {} references", statics.bytes, statics.references));
    statics.arrays.iter().for_each(|array| put(&mut text, format_args!("  {array}")));
    for resource in &dump.resources {
        put(&mut text, format_args!("resource {} of {} bytes", resource.id, resource.bytes));
    }
    dump.classes.iter().for_each(|own| class(&mut text, own, dump.extended));
    text
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = text.write_fmt(line);
    while text.ends_with(' ') {
        text.pop();
    }
    text.push('\n');
}

fn token(token: Option<u8>) -> String {
    token.map_or_else(|| "without token".into(), |token| format!("token {token}"))
}

fn class(text: &mut String, own: &Class, extended: bool) {
    text.push('\n');
    let of = if extended { format!(" of package {}", own.package) } else { String::new() };
    let shareable = if own.shareable { " shareable" } else { "" };
    let flags = format!("[{}]{shareable}", own.flags);
    put(text, format_args!("class {} {} {} {flags}{of}", own.name, own.place, token(own.token)));
    if let Some(above) = &own.extends {
        put(text, format_args!("  extends {above}"));
    }
    own.implements.iter().for_each(|interface| put(text, format_args!("  implements {interface}")));
    for field in &own.fields {
        put(text, format_args!("  {} {} [{}]", field.place, field.kind, field.flags));
    }
    own.methods.iter().for_each(|own| method(text, own));
}

fn method(text: &mut String, own: &Method) {
    let sizes = format!("stack {} arguments {} locals {}", own.stack, own.arguments, own.locals);
    put(text, format_args!("  method {} {} [{}] {}", own.name, token(own.token), own.flags, own.kind));
    if own.code.is_empty() {
        return;
    }
    put(text, format_args!("    {sizes}"));
    for line in &own.code {
        let comment = line.constant.as_ref().map_or(String::new(), |constant| format!("  // {constant}"));
        let number = line.line.map_or(String::new(), |line| format!("  ; line {line}"));
        put(text, format_args!("    {:5} {}{comment}{number}", line.offset, line.instruction));
    }
    own.handlers.iter().for_each(|handler| put(text, format_args!("    {handler}")));
}
