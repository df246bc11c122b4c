//! TOML text with comments.

/// Columns that a comment may take.
const WIDTH: usize = 110;

/// Writes a document line by line.
pub(super) struct Writer {
    text: String,
}

impl Writer {
    /// Begins with the line by which editors find the schema of the document at this path.
    pub(super) fn new(path: &str) -> Self {
        Self { text: format!("{}\n", crate::schema::line(path)) }
    }

    /// A comment, broken into lines.
    pub(super) fn comment(&mut self, words: &str) {
        let mut line = String::from("#");
        for word in words.split_whitespace() {
            if line.len() + word.len() >= WIDTH && line.len() > 1 {
                self.line(&line);
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// A basic string of TOML.
pub(super) fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// An array of strings, on lines of its own where it is long.
pub(super) fn array(items: impl Iterator<Item = impl AsRef<str>>) -> String {
    let quoted: Vec<String> = items.map(|item| quote(item.as_ref())).collect();
    let line = format!("[{}]", quoted.join(", "));
    if line.len() <= WIDTH {
        return line;
    }
    let lines: String = quoted.iter().map(|item| format!("    {item},\n")).collect();
    format!("[\n{lines}]")
}

/// A boolean of TOML.
pub(super) fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
