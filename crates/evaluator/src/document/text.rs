//! The words of a document: spans, the places they link to, and the marks for verdicts.

/// A place in a document that links can lead to: lower-case letters, digits and hyphens, so that it is a
/// valid HTML id, a valid Word bookmark once its hyphens are replaced, and readable in an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Anchor(String);

impl Anchor {
    /// An anchor from the words of a heading or an identifier; what is no letter or digit becomes a hyphen.
    #[must_use]
    pub fn new(words: &str) -> Self {
        let mut name = String::with_capacity(words.len());
        for c in words.chars() {
            if c.is_ascii_alphanumeric() {
                name.push(c.to_ascii_lowercase());
            } else if !name.ends_with('-') && !name.is_empty() {
                name.push('-');
            }
        }
        let name = name.trim_end_matches('-');
        Self(if name.is_empty() { "part".to_owned() } else { name.to_owned() })
    }

    /// The name as it stands in an HTML page.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To a place in this document.
    Anchor(Anchor),
    /// To an address outside, or to a file beside the document.
    Address(String),
}

/// The colour that a verdict or a note has. A word stands beside it always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Fulfilled.
    Good,
    /// Not fulfilled.
    Bad,
    /// Not known, or needs a person.
    Open,
    /// Does not apply, or says nothing.
    Quiet,
    /// Information.
    Plain,
}

/// A verdict as a word on a ground of its tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The word: PASS.
    pub word: String,
    /// Its tone.
    pub tone: Tone,
}

impl Mark {
    /// A word with its tone.
    #[must_use]
    pub fn new(word: &str, tone: Tone) -> Self {
        Self { word: word.to_owned(), tone }
    }
}

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Running text.
    Plain(String),
    /// Text that must be seen.
    Strong(String),
    /// Text that stands back.
    Quiet(String),
    /// Identifiers, hashes, commands.
    Code(String),
    /// A link.
    Link {
        /// Its words.
        text: String,
        /// Where it leads.
        to: Target,
    },
    /// A verdict.
    Mark(Mark),
    /// A value that is still missing, and whose absence stops the export; the words say which.
    Missing(String),
}

/// A line or a paragraph of spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Vec<Span>);

impl Text {
    /// No words.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The spans in order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Adds a span.
    #[must_use]
    pub fn with(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }

    /// Adds running text.
    #[must_use]
    pub fn plain(self, text: impl Into<String>) -> Self {
        self.with(Span::Plain(text.into()))
    }

    /// Adds text that must be seen.
    #[must_use]
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.with(Span::Strong(text.into()))
    }

    /// Adds text that stands back.
    #[must_use]
    pub fn quiet(self, text: impl Into<String>) -> Self {
        self.with(Span::Quiet(text.into()))
    }

    /// Adds an identifier, a hash or a command.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(Span::Code(text.into()))
    }

    /// Adds a link to a place in the document.
    #[must_use]
    pub fn link(self, text: impl Into<String>, to: Anchor) -> Self {
        self.with(Span::Link { text: text.into(), to: Target::Anchor(to) })
    }

    /// Adds a link to an address.
    #[must_use]
    pub fn address(self, text: impl Into<String>, to: impl Into<String>) -> Self {
        self.with(Span::Link { text: text.into(), to: Target::Address(to.into()) })
    }

    /// Adds a verdict.
    #[must_use]
    pub fn mark(self, mark: Mark) -> Self {
        self.with(Span::Mark(mark))
    }

    /// The words without any style.
    #[must_use]
    pub fn plain_text(&self) -> String {
        self.0.iter().map(Span::words).collect()
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| span.words().is_empty())
    }
}

impl Span {
    /// The words of the span.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Plain(text)
            | Self::Strong(text)
            | Self::Quiet(text)
            | Self::Code(text)
            | Self::Missing(text) => text,
            Self::Link { text, .. } => text,
            Self::Mark(mark) => &mark.word,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new().plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new().plain(text)
    }
}

impl From<Mark> for Text {
    fn from(mark: Mark) -> Self {
        Self::new().mark(mark)
    }
}
