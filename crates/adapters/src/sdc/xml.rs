//! A document of XML as a tree, within limits.
//!
//! Namespaces are resolved; prefixes mean nothing. There are no document type definitions and no entities but those of XML itself: a document that has any
//! is refused, so nothing in it can grow or lead elsewhere. Size, depth and number of elements are limited.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

use crate::{Problem, Refusal, limits};

/// A namespace that SDC messages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    Soap,
    Addressing,
    Eventing,
    Exchange,
    Dpws,
    Message,
    Participant,
    /// Any other, or none.
    Other,
}

impl Ns {
    const ALL: [(Self, &str); 7] = [
        (Self::Soap, "http://www.w3.org/2003/05/soap-envelope"),
        (Self::Addressing, "http://www.w3.org/2005/08/addressing"),
        (Self::Eventing, "http://schemas.xmlsoap.org/ws/2004/08/eventing"),
        (Self::Exchange, "http://schemas.xmlsoap.org/ws/2004/09/mex"),
        (Self::Dpws, "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01"),
        (Self::Message, "http://standards.ieee.org/downloads/11073/11073-10207-2017/message"),
        (Self::Participant, "http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"),
    ];

    fn of(uri: &[u8]) -> Self {
        Self::ALL.iter().find(|(_, known)| known.as_bytes() == uri).map_or(Self::Other, |(ns, _)| *ns)
    }
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) ns: Ns,
    /// Without a prefix.
    pub(super) name: String,
    /// Offset behind its start tag.
    pub(super) at: usize,
    /// Names without prefixes.
    attributes: Vec<(String, String)>,
    /// All text directly in it.
    text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The name in `xsi:type`, without its prefix.
    pub(super) fn kind(&self) -> &str {
        let kind = self.attribute("type").unwrap_or_default();
        kind.rsplit(':').next().unwrap_or_default().trim()
    }

    /// Its text without spaces around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The first child of this name.
    pub(super) fn child(&self, ns: Ns, name: &str) -> Option<&Self> {
        self.all(ns, name).next()
    }

    /// All children of this name.
    pub(super) fn all(&self, ns: Ns, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.ns == ns && child.name == name)
    }

    /// The child that a path leads to; all of one namespace.
    pub(super) fn path(&self, ns: Ns, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |element, name| element.child(ns, name))
    }

    /// Calls `visit` with it and everything in it, in the order of the document.
    pub(super) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        self.children.iter().for_each(|child| child.walk(visit));
    }
}

/// Reads a document.
pub(super) fn parse(document: &[u8]) -> Result<Element, Refusal> {
    if document.len() > limits::XML {
        return Err(limit(limits::XML, "bytes of a document", limits::XML));
    }
    let text = std::str::from_utf8(document)
        .map_err(|error| Refusal::at(error.valid_up_to(), Problem::Encoding("a document of UTF-8")))?;
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree { open: Vec::new(), root: None, count: 0 };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let wrong =
            |what: &dyn std::fmt::Display| Refusal::at(at, Problem::Syntax(format!("no XML: {what}")));
        let (resolved, event) = reader.read_resolved_event().map_err(|error| wrong(&error))?;
        let ns = match resolved {
            ResolveResult::Bound(namespace) => Ns::of(namespace.0),
            ResolveResult::Unbound => Ns::Other,
            ResolveResult::Unknown(prefix) => {
                return Err(wrong(&format!("prefix {} has no namespace", String::from_utf8_lossy(&prefix))));
            }
        };
        match event {
            Event::Start(start) => tree.begin(&start, ns, at)?,
            Event::Empty(start) => {
                tree.begin(&start, ns, at)?;
                tree.end(at)?;
            }
            Event::End(_) => tree.end(at)?,
            Event::Text(text) => {
                let text = text.decode().map_err(|error| wrong(&error))?;
                tree.text(&text, at)?;
            }
            Event::CData(data) => {
                let text = data.decode().map_err(|error| wrong(&error))?;
                tree.text(&text, at)?;
            }
            Event::GeneralRef(reference) => {
                let character =
                    character(&reference).ok_or_else(|| wrong(&"an entity that is not XML's own"))?;
                tree.text(&character.to_string(), at)?;
            }
            Event::DocType(_) => return Err(wrong(&"a document type definition")),
            Event::PI(_) => return Err(wrong(&"a processing instruction")),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    let end = document.len();
    match (tree.open.is_empty(), tree.root) {
        (true, Some(root)) => Ok(root),
        (true, None) | (false, _) => Err(Refusal::at(end, Problem::Syntax("no XML: it ends early".into()))),
    }
}

fn limit(at: usize, what: &'static str, most: usize) -> Refusal {
    Refusal::at(at, Problem::Limit { what, most })
}

/// The character of a reference: a number, or one of the five names that XML has itself.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    Some(match reference.decode().ok()?.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree {
    fn begin(&mut self, start: &BytesStart<'_>, ns: Ns, at: usize) -> Result<(), Refusal> {
        let wrong = |what: String| Refusal::at(at, Problem::Syntax(format!("no XML: {what}")));
        if self.open.len() >= limits::XML_DEPTH {
            return Err(limit(at, "elements in one another", limits::XML_DEPTH));
        }
        self.count += 1;
        if self.count > limits::XML_ELEMENTS {
            return Err(limit(at, "elements", limits::XML_ELEMENTS));
        }
        if self.root.is_some() {
            return Err(wrong("a second root".into()));
        }
        let local = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| wrong(error.to_string()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = std::str::from_utf8(&attribute.value).map_err(|error| wrong(error.to_string()))?;
            let value = quick_xml::escape::unescape(value).map_err(|error| wrong(error.to_string()))?;
            attributes.push((local(attribute.key.local_name().into_inner()), value.into_owned()));
        }
        let name = local(start.local_name().into_inner());
        self.open.push(Element { ns, name, at, attributes, text: String::new(), children: Vec::new() });
        Ok(())
    }

    fn end(&mut self, at: usize) -> Result<(), Refusal> {
        let unexpected = || Refusal::at(at, Problem::Syntax("no XML: an end without a beginning".into()));
        let element = self.open.pop().ok_or_else(unexpected)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, at: usize) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(Refusal::at(at, Problem::Syntax("no XML: text outside of the root".into()))),
        }
        Ok(())
    }
}

/// A text as it stands in an element or attribute.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_prefixes() {
        let text = "<?xml version='1.0'?><!-- x --><p:a xmlns:p='http://www.w3.org/2003/05/soap-envelope' xmlns='urn:x' xmlns:xsi='urn:i'>\
                    <b k='1 &lt; 2' xsi:type='p:Kind'>t&amp;&#65;<![CDATA[<]]></b><p:b/></p:a>";
        let root = parse(text.as_bytes()).unwrap();
        assert_eq!((root.ns, root.name.as_str(), root.children.len()), (Ns::Soap, "a", 2));
        let b = root.child(Ns::Other, "b").unwrap();
        assert_eq!((b.attribute("k"), b.kind(), b.text()), (Some("1 < 2"), "Kind", "t&A<"));
        assert!(root.child(Ns::Soap, "b").is_some());
    }

    #[test]
    fn what_could_grow_or_lead_elsewhere_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        let many = format!("<a>{}</a>", "<b/>".repeat(limits::XML_ELEMENTS));
        let cases: &[(&str, &str)] = &[
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "a document type definition"),
            ("<a>&x;</a>", "an entity that is not XML's own"),
            ("<a k='&x;'/>", "no XML"),
            ("<?php ?><a/>", "a processing instruction"),
            ("<p:a/>", "prefix p has no namespace"),
            ("<a><b></a>", "no XML"),
            ("<a/><b/>", "a second root"),
            ("<a/>x", "text outside of the root"),
            ("<a>", "it ends early"),
            ("", "it ends early"),
            ("<a k='1' k='2'/>", "no XML"),
            (&deep, "elements in one another: more than 64"),
            (&many, "elements: more than 200000"),
        ];
        for (text, words) in cases {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
        assert!(parse(b"<a>\xFF</a>").unwrap_err().to_string().contains("UTF-8"));
    }
}
