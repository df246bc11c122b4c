//! The types of the Java Card language subset (JCVM 2.2.3): what is left of Java's after `long`, `char`,
//! `float`, `double`, `String` and arrays of arrays are taken away.

use super::diagnostic::Problem;

/// A type as a field, parameter or result has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    Boolean,
    Byte,
    Short,
    Int,
    /// A class or interface by its binary name.
    Class(String),
    Array(Element),
}

/// What an array holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Element {
    Boolean,
    Byte,
    Short,
    Int,
    /// A class or interface by its binary name.
    Class(String),
}

/// A method's parameters, without the object it is called on, and its result; none for `void`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Type>,
    pub(super) result: Option<Type>,
}

/// The suffix of a typed instruction: `getfield_a`, `getfield_b`, `getfield_s`, `getfield_i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    A,
    B,
    S,
    I,
}

impl Letter {
    /// 16-bit words on the operand stack.
    pub(super) fn words(self) -> u16 {
        match self {
            Letter::A | Letter::B | Letter::S => 1,
            Letter::I => 2,
        }
    }
}

impl Type {
    pub(super) fn parse(descriptor: &str) -> Result<Self, Problem> {
        match Scanner::new(descriptor).one() {
            Some((parsed, "")) => parsed,
            _ => Err(Problem::Descriptor(descriptor.to_owned())),
        }
    }

    pub(super) fn letter(&self) -> Letter {
        match self {
            Type::Boolean | Type::Byte => Letter::B,
            Type::Short => Letter::S,
            Type::Int => Letter::I,
            Type::Class(_) | Type::Array(_) => Letter::A,
        }
    }

    /// 16-bit words on the operand stack and in local variables.
    pub(super) fn words(&self) -> u16 {
        self.letter().words()
    }

    /// Bytes in the static field image (JCVM 6.11).
    pub(super) fn image_size(&self) -> u16 {
        match self {
            Type::Boolean | Type::Byte => 1,
            Type::Short | Type::Class(_) | Type::Array(_) => 2,
            Type::Int => 4,
        }
    }

    /// The values that a Java `int` holding one can have.
    pub(super) fn range(&self) -> (i64, i64) {
        match self {
            Type::Boolean => (0, 1),
            Type::Byte => (i8::MIN.into(), i8::MAX.into()),
            Type::Short => (i16::MIN.into(), i16::MAX.into()),
            Type::Int | Type::Class(_) | Type::Array(_) => (i32::MIN.into(), i32::MAX.into()),
        }
    }

    pub(super) fn is_int(&self) -> bool {
        matches!(self, Type::Int | Type::Array(Element::Int))
    }

    pub(super) fn is_reference(&self) -> bool {
        matches!(self, Type::Class(_) | Type::Array(_))
    }
}

impl Signature {
    pub(super) fn parse(descriptor: &str) -> Result<Self, Problem> {
        let invalid = || Problem::Descriptor(descriptor.to_owned());
        let mut rest = descriptor.strip_prefix('(').ok_or_else(invalid)?;
        let mut parameters = Vec::new();
        while !rest.starts_with(')') {
            let (parsed, after) = Scanner::new(rest).one().ok_or_else(invalid)?;
            parameters.push(parsed?);
            rest = after;
        }
        let result = match &rest[1..] {
            "V" => None,
            result => Some(Type::parse(result)?),
        };
        Ok(Self { parameters, result })
    }

    /// 16-bit words of the parameters, the object included for methods that have one.
    pub(super) fn words(&self, on_object: bool) -> u16 {
        u16::from(on_object) + self.parameters.iter().map(Type::words).sum::<u16>()
    }

    /// All of its types.
    pub(super) fn types(&self) -> impl Iterator<Item = &Type> {
        self.parameters.iter().chain(&self.result)
    }
}

/// Reads types from a descriptor's start.
struct Scanner<'a> {
    text: &'a str,
}

type Scanned<'a, T> = Option<(Result<T, Problem>, &'a str)>;

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// One type and what follows it; none when the text is no descriptor.
    fn one(&self) -> Scanned<'a, Type> {
        let Some(element) = self.text.strip_prefix('[') else {
            let (scanned, rest) = Self::simple(self.text)?;
            return Some((scanned.map(Type::from), rest));
        };
        if element.starts_with('[') {
            let inner = element.trim_start_matches('[');
            let (_, rest) = Self::simple(inner)?;
            let whole = &self.text[..self.text.len() - rest.len()];
            return Some((Err(Problem::Type(whole.to_owned())), rest));
        }
        let (scanned, rest) = Self::simple(element)?;
        Some((scanned.map(Type::Array), rest))
    }

    fn simple(text: &'a str) -> Scanned<'a, Element> {
        let rest = text.get(1..)?;
        let element = match text.as_bytes().first()? {
            b'Z' => Element::Boolean,
            b'B' => Element::Byte,
            b'S' => Element::Short,
            b'I' => Element::Int,
            b'J' | b'C' | b'F' | b'D' => return Some((Err(Problem::Type(text[..1].to_owned())), rest)),
            b'L' => {
                let (name, rest) = rest.split_once(';')?;
                return Some((class_type(name), rest));
            }
            _ => return None,
        };
        Some((Ok(element), rest))
    }
}

fn class_type(name: &str) -> Result<Element, Problem> {
    match name {
        "java/lang/String" => Err(Problem::Type(format!("L{name};"))),
        _ => Ok(Element::Class(name.to_owned())),
    }
}

impl From<Element> for Type {
    fn from(element: Element) -> Self {
        match element {
            Element::Boolean => Type::Boolean,
            Element::Byte => Type::Byte,
            Element::Short => Type::Short,
            Element::Int => Type::Int,
            Element::Class(name) => Type::Class(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_become_types_and_what_java_card_lacks_is_named() {
        let signature = Signature::parse("([BSBLa/B;I[La/C;)Z").unwrap();
        assert_eq!(signature.words(true), 8);
        assert_eq!(signature.result, Some(Type::Boolean));
        assert_eq!(Type::parse("[I"), Ok(Type::Array(Element::Int)));
        for (descriptor, refused) in
            [("J", "J"), ("[[B", "[[B"), ("[D", "D"), ("Ljava/lang/String;", "Ljava/lang/String;")]
        {
            assert_eq!(Type::parse(descriptor), Err(Problem::Type(refused.into())), "{descriptor}");
        }
        for descriptor in ["", "[", "L", "La", "Q", "BB", "(B)V", "[["] {
            assert_eq!(Type::parse(descriptor), Err(Problem::Descriptor(descriptor.into())), "{descriptor}");
        }
        for descriptor in ["B", "(", "(B", "()", "()BB"] {
            assert!(Signature::parse(descriptor).is_err(), "{descriptor}");
        }
    }
}
