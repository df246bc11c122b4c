//! How long a file and a function may be, with a list of exceptions that may only shrink.

use super::text;
use crate::shell::Outcome;
use std::path::{Path, PathBuf};

/// Lines of a file before its tests; a table may be longer.
const FILE_LINES: usize = 500;
/// Lines of a function from `fn` to its closing brace.
const FUNCTION_LINES: usize = 70;

/// Files that may be longer, each with the reason.
const LONG_FILES: &[(&str, &str)] = &[];
/// Functions that may be longer: file, function, reason.
const LONG_FUNCTIONS: &[(&str, &str, &str)] = &[
    ("crates/card-image/src/verify/flow/step.rs", "apply", "the one rule of each bytecode, a line each"),
    ("crates/card-vm/src/interp/execute.rs", "execute", "the one dispatch of the interpreter"),
    (
        "crates/card-vm/src/package/translate/bytecode.rs",
        "bytecode",
        "the one translation of each bytecode, a line or two each",
    ),
];

/// Finds long files and functions, and exceptions that are no longer needed.
pub(super) fn check(files: &[PathBuf]) -> Outcome<Vec<String>> {
    let mut findings = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for path in files.iter().filter(|path| is_source(path)) {
        let Some(source) = text(path) else { continue };
        let name = path.to_string_lossy();
        let product = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = product.lines().count();
        if lines > FILE_LINES {
            match LONG_FILES.iter().find(|(file, _)| *file == name) {
                Some((file, _)) => used.push(file),
                None => findings.push(format!("{name}:1: {lines} lines, more than {FILE_LINES}")),
            }
        }
        if path.extension().is_some_and(|extension| extension == "rs") {
            for function in functions(product).into_iter().filter(|function| function.lines > FUNCTION_LINES)
            {
                let excused =
                    LONG_FUNCTIONS.iter().find(|(file, known, _)| *file == name && *known == function.name);
                match excused {
                    Some((_, known, _)) => used.push(known),
                    None => findings.push(format!(
                        "{name}:{}: fn {} has {} lines, more than {FUNCTION_LINES}",
                        function.line, function.name, function.lines
                    )),
                }
            }
        }
    }
    let listed =
        LONG_FILES.iter().map(|(file, _)| *file).chain(LONG_FUNCTIONS.iter().map(|(_, known, _)| *known));
    findings.extend(
        listed
            .filter(|name| !used.contains(name))
            .map(|name| format!("xtask/src/tidy/size.rs:1: the exception for {name} is no longer needed")),
    );
    Ok(findings)
}

/// Sources that people live in: no tests, benches, fuzz targets or data.
fn is_source(path: &Path) -> bool {
    let is_code = path
        .extension()
        .is_some_and(|extension| extension == "rs" || extension == "ts" || extension == "java");
    let apart = ["tests", "benches", "fuzz", "testdata", "examples", "test", "e2e"];
    is_code && !path.components().any(|part| apart.iter().any(|name| part.as_os_str() == *name))
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// Every function with a body, by counting braces outside of strings and comments.
fn functions(source: &str) -> Vec<Function> {
    let code = blank_literals(source);
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let mut depth = 0usize;
        'body: for (offset, body) in lines.iter().skip(index).enumerate() {
            for character in body.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 1 => {
                        found.push(Function { name: name.to_owned(), line: index + 1, lines: offset + 1 });
                        break 'body;
                    }
                    '}' => depth = depth.saturating_sub(1),
                    ';' if depth == 0 => break 'body,
                    _ => {}
                }
            }
        }
    }
    found
}

/// The name after `fn` on a line that begins a function.
fn function_name(line: &str) -> Option<&str> {
    let before = line.find("fn ")?;
    let head = line.get(..before)?.trim();
    let is_head = head.split_whitespace().all(|word| {
        matches!(word, "pub" | "const" | "async" | "unsafe" | "extern")
            || word.starts_with("pub(")
            || word == "in"
    });
    let name = line.get(before + 3..)?.split(['(', '<']).next()?;
    (is_head && !name.is_empty()).then_some(name)
}

/// The same text with the insides of comments, strings and character literals made blank.
fn blank_literals(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let next = characters.get(at + 1).copied();
        let end = match (character, next) {
            ('/', Some('/')) => find(&characters, at, |c, _| c == '\n'),
            ('"', _) => find(&characters, at + 1, |c, escaped| c == '"' && !escaped) + 1,
            ('r', Some('#')) if characters.get(at + 2) == Some(&'"') => raw_string_end(&characters, at + 3),
            ('\'', Some('\\')) => find(&characters, at + 3, |c, _| c == '\'') + 1,
            ('\'', Some(_)) if characters.get(at + 2) == Some(&'\'') => at + 3,
            _ => {
                out.push(character);
                at += 1;
                continue;
            }
        };
        out.extend(characters.iter().take(end).skip(at).filter(|c| **c == '\n'));
        at = end;
    }
    out
}

fn raw_string_end(characters: &[char], from: usize) -> usize {
    let mut at = from;
    while at < characters.len() && !(characters.get(at) == Some(&'"') && characters.get(at + 1) == Some(&'#'))
    {
        at += 1;
    }
    at + 2
}

/// The first index from `from` on where `stop` holds; it is told whether a backslash stands before.
fn find(characters: &[char], from: usize, stop: impl Fn(char, bool) -> bool) -> usize {
    let mut escaped = false;
    for (index, &character) in characters.iter().enumerate().skip(from) {
        if stop(character, escaped) {
            return index;
        }
        escaped = character == '\\' && !escaped;
    }
    characters.len()
}

#[cfg(test)]
mod tests {
    use super::functions;

    #[test]
    fn a_function_ends_at_its_own_brace() {
        let source = "impl X {\n    pub(crate) fn one(&self) -> char {\n        // }\n        let s = \"}\";\n        '}'\n    }\n    fn two();\n}\n";
        let found: Vec<_> = functions(source).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("one".to_owned(), 2, 5)]);
    }
}
