//! Values of a JSON document by their pointers (RFC 6901), each as it was written: numbers keep their digits.
//!
//! Nothing is read that no pointer leads to, but all of it has been checked to be JSON before. What is not read is skipped without recursion, so depth
//! costs nothing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{Problem, Refusal};

/// A value where it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    text: &'a str,
    /// Offset of the document's first byte in memory, by which a value's own is told.
    base: usize,
}

/// The members of an object in their order; a name that stands there twice is there twice.
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, Node<'a>)>);

struct Raw<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Raw<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Raw(pairs))
            }
        }
        from.deserialize_map(Pairs)
    }
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Node<'a> {
    /// The one value that a document is.
    ///
    /// # Errors
    /// With the offset of what is no JSON.
    pub(super) fn document(text: &'a str) -> Result<Self, Refusal> {
        let root: &RawValue = serde_json::from_str(text).map_err(|error| {
            let before: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = (before + error.column().saturating_sub(1)).min(text.len());
            Refusal::at(at, Problem::Syntax(format!("no JSON: {error}")))
        })?;
        Ok(Self { text: root.get(), base: text.as_ptr().addr() })
    }

    fn child(&self, raw: &'a RawValue) -> Self {
        Self { text: raw.get(), base: self.base }
    }

    /// Its offset in the document.
    pub(super) fn at(&self) -> usize {
        self.text.as_ptr().addr().saturating_sub(self.base)
    }

    /// Its members, if it is an object.
    pub(super) fn members(&self) -> Option<Members<'a>> {
        let Raw(pairs) = serde_json::from_str(self.text).ok()?;
        Some(Members(pairs.into_iter().map(|(name, raw)| (name, self.child(raw))).collect()))
    }

    /// Its elements, if it is an array.
    pub(super) fn elements(&self) -> Option<Vec<Self>> {
        let raw: Vec<&'a RawValue> = serde_json::from_str(self.text).ok()?;
        Some(raw.into_iter().map(|raw| self.child(raw)).collect())
    }

    /// The value that a pointer leads to, if any.
    ///
    /// # Errors
    /// When a name on the way stands there twice.
    pub(super) fn find(&self, pointer: &str) -> Result<Option<Self>, Refusal> {
        let mut node = *self;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let next = match node.members() {
                Some(Members(pairs)) => {
                    let mut of_name = pairs.into_iter().filter(|(known, _)| *known == name);
                    let first = of_name.next().map(|(_, node)| node);
                    if let (Some(first), Some(_)) = (first, of_name.next()) {
                        return Err(Refusal::at(first.at(), Problem::Twice(name)));
                    }
                    first
                }
                None => name.parse().ok().and_then(|place: usize| node.elements()?.into_iter().nth(place)),
            };
            match next {
                Some(next) => node = next,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// What it says: a string without its quotation marks, a number with its digits, true or false; nothing for null; `None` for what has parts.
    pub(super) fn scalar(&self) -> Option<Cow<'a, str>> {
        match self.text.as_bytes().first()? {
            b'"' => serde_json::from_str::<Name<'a>>(self.text).ok().map(|Name(text)| text),
            b'{' | b'[' => None,
            b'n' => Some(Cow::Borrowed("")),
            _ => Some(Cow::Borrowed(self.text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_pointer_as_they_were_written() {
        let text = r#" {"a": {"b/c": [1, 37.10, "x\ny", null, {"d": true}]}, "~": 1e3}"#;
        let node = Node::document(text).unwrap();
        let cases = [
            ("/a/b~1c/0", Some("1")),
            ("/a/b~1c/1", Some("37.10")),
            ("/a/b~1c/2", Some("x\ny")),
            ("/a/b~1c/3", Some("")),
            ("/a/b~1c/4/d", Some("true")),
            ("/~0", Some("1e3")),
            ("/a", None),
            ("/a/b~1c/5", None),
            ("/a/x", None),
        ];
        for (pointer, wanted) in cases {
            let found = node.find(pointer).unwrap();
            assert_eq!(found.and_then(|node| node.scalar()).as_deref(), wanted, "{pointer}");
        }
        assert_eq!(node.find("/a/b~1c/1").unwrap().unwrap().at(), text.find("37.10").unwrap());
    }

    #[test]
    fn a_name_that_stands_twice_leads_nowhere() {
        let text = r#"{"a": {"b": 1, "c": 2, "b": 3}, "d": 4}"#;
        let node = Node::document(text).unwrap();
        let refusal = node.find("/a/b").unwrap_err();
        assert_eq!(refusal, Refusal::at(text.find('1').unwrap(), Problem::Twice("b".into())));
        for pointer in ["/a/c", "/d"] {
            assert!(node.find(pointer).unwrap().is_some(), "{pointer}: it is told apart");
        }
    }

    #[test]
    fn what_is_no_json_says_where() {
        let cases = [("", 0), ("{\"a\":\n 1,}", 9), ("{} x", 3), ("[1 2]", 3)];
        for (text, at) in cases {
            assert_eq!(Node::document(text).unwrap_err().at, at, "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Node::document(&deep).unwrap().find("/0/0/0").unwrap().is_some(), "skipped, not walked into");
    }
}
