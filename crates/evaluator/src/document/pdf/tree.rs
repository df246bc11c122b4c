//! The structure of a tagged PDF: which stretches of a page are one paragraph, cell or link, in reading order.
//!
//! The layout makes nodes and leaves before anything is drawn; a leaf gets krilla's identifier when its
//! content is drawn, and the tag tree is made at the end.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Role {
    Title,
    Heading { level: u8, words: String },
    Paragraph,
    List,
    Item,
    ItemLabel,
    ItemBody,
    Contents,
    ContentsItem,
    Part,
    Table { caption: String },
    HeadRows,
    Rows,
    Row,
    HeadCell,
    Cell,
    Link,
    Figure { words: String },
    Caption,
}

/// A node, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// A stretch of content, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LeafId(usize);

#[derive(Debug, Clone, Copy)]
enum Child {
    Node(NodeId),
    Leaf(LeafId),
}

struct Entry {
    role: Role,
    children: Vec<Child>,
}

/// All nodes and leaves.
#[derive(Default)]
pub(super) struct Tree {
    entries: Vec<Entry>,
    top: Vec<NodeId>,
    leaves: Vec<Option<Identifier>>,
}

impl Tree {
    /// A node below another, or at the top.
    pub(super) fn node(&mut self, parent: Option<NodeId>, role: Role) -> NodeId {
        let id = NodeId(self.entries.len());
        self.entries.push(Entry { role, children: Vec::new() });
        match parent.and_then(|NodeId(at)| self.entries.get_mut(at)) {
            Some(entry) => entry.children.push(Child::Node(id)),
            None => self.top.push(id),
        }
        id
    }

    /// A leaf of a node.
    pub(super) fn leaf(&mut self, NodeId(parent): NodeId) -> LeafId {
        let id = LeafId(self.leaves.len());
        self.leaves.push(None);
        if let Some(entry) = self.entries.get_mut(parent) {
            entry.children.push(Child::Leaf(id));
        }
        id
    }

    /// Says what was drawn for a leaf.
    pub(super) fn drawn(&mut self, LeafId(leaf): LeafId, identifier: Identifier) {
        if let Some(place) = self.leaves.get_mut(leaf) {
            *place = Some(identifier);
        }
    }

    /// The tree in krilla's form.
    pub(super) fn finish(&self, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        for node in &self.top {
            if let Some(group) = self.group(*node) {
                tree.push(group);
            }
        }
        tree
    }

    fn group(&self, NodeId(at): NodeId) -> Option<TagGroup> {
        let entry = self.entries.get(at)?;
        let mut children: Vec<Node> = Vec::new();
        for child in &entry.children {
            match child {
                Child::Node(node) => children.extend(self.group(*node).map(Node::from)),
                Child::Leaf(LeafId(leaf)) => {
                    children.extend(self.leaves.get(*leaf).copied().flatten().map(Node::from));
                }
            }
        }
        Some(TagGroup::with_children(tag(&entry.role), children))
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        // A document's title is a heading to those readers that know PDF 1.7 only.
        Role::Title => Tag::Hn(NonZeroU16::MIN, Some("Title".to_owned())).into(),
        Role::Heading { level, words } => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(words.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::ItemLabel => Tag::Lbl.into(),
        Role::ItemBody => Tag::LBody.into(),
        Role::Contents => Tag::TOC.into(),
        Role::ContentsItem => Tag::TOCI.into(),
        Role::Part => Tag::Div.into(),
        Role::Table { caption } => Tag::Table.with_summary(Some(caption.clone())).into(),
        Role::HeadRows => Tag::THead.into(),
        Role::Rows => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Link => Tag::Link.into(),
        Role::Figure { words } => Tag::Figure(Some(words.clone())).into(),
        Role::Caption => Tag::Caption.into(),
    }
}
