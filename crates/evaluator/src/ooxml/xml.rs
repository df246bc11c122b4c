//! XML as a stream of the events that office files need, with namespace prefixes taken off.

use quick_xml::events::{BytesStart, Event as Raw};
use quick_xml::{Reader, XmlVersion};

use super::limits;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An element opens. An empty element opens and closes.
    Open(Element),
    /// An element closes; its local name.
    Close(String),
    /// Characters.
    Text(String),
    /// The end.
    End,
}

/// An element's local name and attributes; attributes keep their prefixes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// An attribute by its full name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why XML cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not well formed.
    #[error("at byte {at}: {what}")]
    Syntax {
        /// Where.
        at: u64,
        /// What the parser says.
        what: String,
    },
    /// A document type declaration.
    #[error("at byte {at}: a document type declaration, which office files do not have")]
    DocType {
        /// Where.
        at: u64,
    },
    /// A character reference or entity that XML does not define.
    #[error("at byte {at}: the entity {name:?} is not known")]
    Entity {
        /// Where.
        at: u64,
        /// Its name.
        name: String,
    },
    /// Nested deeper than is read.
    #[error("at byte {at}: elements nest deeper than {limit}")]
    Depth {
        /// Where.
        at: u64,
        /// The limit.
        limit: usize,
    },
}

/// The events of a text.
pub(crate) struct XmlReader<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> XmlReader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Self { reader, depth: 0 }
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> Result<Event, XmlError> {
        loop {
            let at = self.reader.buffer_position();
            let syntax = |what: String| XmlError::Syntax { at, what };
            match self.reader.read_event().map_err(|error| syntax(error.to_string()))? {
                Raw::Start(start) => {
                    self.depth += 1;
                    if self.depth > limits::DEPTH {
                        return Err(XmlError::Depth { at, limit: limits::DEPTH });
                    }
                    return Ok(Event::Open(element(&start, at)?));
                }
                Raw::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Event::Close(local(end.local_name().as_ref())));
                }
                Raw::Text(text) => {
                    return text
                        .decode()
                        .map(|text| Event::Text(text.into_owned()))
                        .map_err(|error| syntax(error.to_string()));
                }
                Raw::CData(data) => {
                    return data
                        .decode()
                        .map(|text| Event::Text(text.into_owned()))
                        .map_err(|error| syntax(error.to_string()));
                }
                Raw::GeneralRef(reference) => {
                    let name = reference.decode().map_err(|error| syntax(error.to_string()))?.into_owned();
                    return reference_text(&name).map(Event::Text).ok_or(XmlError::Entity { at, name });
                }
                Raw::DocType(_) => return Err(XmlError::DocType { at }),
                Raw::Eof if self.depth > 0 => {
                    return Err(syntax("the text ends within an element".to_owned()));
                }
                Raw::Eof => return Ok(Event::End),
                // Nothing but empty elements is expanded, so that Empty does not come.
                Raw::Empty(_) | Raw::Decl(_) | Raw::PI(_) | Raw::Comment(_) => {}
            }
        }
    }
}

fn local(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn element(start: &BytesStart<'_>, at: u64) -> Result<Element, XmlError> {
    let syntax = |what: String| XmlError::Syntax { at, what };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| syntax(error.to_string()))?;
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| syntax(error.to_string()))?;
        attributes.push((local(attribute.key.as_ref()), value.into_owned()));
    }
    Ok(Element { name: local(start.local_name().as_ref()), attributes })
}

/// The character of `&name;`: one of the five that XML defines (4.6), or a number (4.1).
fn reference_text(name: &str) -> Option<String> {
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some(c.to_string())
}
