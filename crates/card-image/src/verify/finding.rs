//! What the verifier finds: a place, a rule with its clause, what was expected there and what is there.

use alloc::string::String;
use core::fmt;

use crate::cap::{ComponentTag, MethodOffset};

/// Turns `Variant "name" "clause" "sentence"` rows into the enum of rules with their names and clauses.
macro_rules! rules {
    ($($variant:ident $name:literal $clause:literal $sentence:literal)*) => {
        /// A rule of the verifier. Clauses are of the Java Card Virtual Machine Specification 3.1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!($sentence, " (JCVM ", $clause, ").")] $variant,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name, as reports and tests call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its clause in the Java Card Virtual Machine Specification 3.1.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)* }
            }

            /// What it demands, in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

rules! {
    HeaderFlags "header-flags" "6.4" "The flags of the Header tell which components there are"
    Packages "packages" "6.4" "The public packages of an extended file are named, described and exported in one order"
    DirectorySize "directory-size" "6.5" "The Directory tells the sizes and counts of all components"
    AppletAid "applet-aid" "6.6" "Applets have distinct AIDs with the package's RID"
    InstallMethod "install-method" "6.6" "Each applet has a public static install(byte[], short, byte) in a subclass of Applet"
    ImportMissing "import-missing" "6.7" "Each imported package is known, in a version that is new enough, once"
    PoolReference "pool-reference" "6.8" "A constant refers to a class or member that exists"
    PoolType "pool-type" "6.14.5" "The type of a constant is that of the member it refers to"
    ClassLayout "class-layout" "6.9" "Interfaces stand before classes, and each class behind those that it extends"
    ClassHierarchy "class-hierarchy" "2.2.1" "A class extends a class that is not final, and implements interfaces"
    InstanceSize "instance-size" "6.9.2" "Size and references of an object agree with the fields of its class"
    MethodTable "method-table" "6.9.2.4" "The method tables of a class list its virtual methods by their tokens"
    InterfaceMap "interface-map" "6.9.2.5" "A class implements each method of its interfaces with the same type"
    OverrideType "override-type" "6.9.2.4" "A method has the type and at least the access of the one that it overrides, which is not final"
    ShareableFlag "shareable-flag" "6.9.2" "A class or interface is shareable when it extends javacard.framework.Shareable"
    MethodBlocks "method-blocks" "6.10" "There are 1 to 127 blocks of methods, and a list of references for each"
    MethodLayout "method-layout" "6.10" "The described methods fill the Method component, each with its header"
    MethodHeader "method-header" "6.10.2" "A method's header agrees with its flags and its type"
    HandlerRange "handler-range" "6.10.1" "An exception handler covers and begins at instructions of its method"
    HandlerOrder "handler-order" "6.10.1" "Exception handlers are in the order of their code, and a stop bit hides none"
    HandlerType "handler-type" "6.10.1" "An exception handler catches a class that extends Throwable"
    StaticImage "static-image" "6.11" "The static field image has a place for each static field, by its type"
    ReferenceLocation "reference-location" "6.12" "The places of all constant pool indexes are listed, and no others"
    ExportItem "export-item" "6.13" "Exported classes, fields and methods exist and may be exported"
    DescriptorMissing "descriptor-missing" "6.14" "There is a Descriptor component"
    DescriptorClass "descriptor-class" "6.14.1" "The Descriptor describes each class once, with flags that fit"
    DescriptorMember "descriptor-member" "6.14.3" "A described field or method has flags, a token and a place that fit"
    DescriptorType "descriptor-type" "6.14.5" "Types begin where they are referred to, and name known classes"
    Resource "resource" "6.16" "Static resources have distinct numbers and at most 32,767 bytes"
    Instruction "instruction" "7.5" "A method consists of whole, known instructions"
    IntSupport "int-support" "2.2.3.1" "Only a package with ACC_INT uses int"
    BranchTarget "branch-target" "7.5" "A branch goes to an instruction of its method"
    SwitchKeys "switch-keys" "7.5" "The keys of a lookup switch ascend"
    FallsOff "falls-off" "7.5" "Control does not run off the end of a method"
    LocalIndex "local-index" "6.10.2" "A local variable is within those that the header allows"
    LocalType "local-type" "7.5" "A local variable holds what is read from it"
    StackOverflow "stack-overflow" "6.10.2" "The operand stack stays within the header's max_stack"
    StackUnderflow "stack-underflow" "7.5" "What is taken from the operand stack is there"
    StackDepth "stack-depth" "7.5" "The operand stack is equally deep on all ways to an instruction"
    OperandType "operand-type" "7.5" "Operands have the types that the instruction needs"
    OperandValue "operand-value" "7.5" "Operands of an instruction have values that it defines"
    PoolKind "pool-kind" "6.8" "An instruction refers to a constant of the kind it needs"
    FieldType "field-type" "7.5" "A field instruction is the one for the field's type"
    Arguments "arguments" "7.5.57" "Arguments have the types of the method's parameters"
    InterfaceWords "interface-words" "7.5.54" "invokeinterface tells the words of its arguments"
    Invocation "invocation" "7.5.55" "A method is invoked by the instruction that its kind needs"
    Access "access" "2.2.1" "Private and protected members are used only where they may be"
    Instantiation "instantiation" "7.5.70" "Only classes that are not abstract are instantiated"
    Uninitialised "uninitialised" "7.5.55" "An object is used after its constructor, which runs once"
    ReturnType "return-type" "7.5.80" "A method returns what its type says"
    Complexity "complexity" "7" "A method can be verified within a bounded number of steps"
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (JCVM {})", self.name(), self.clause())
    }
}

/// A place at which a CAP file breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The component.
    pub component: ComponentTag,
    /// The method, when the place is in one.
    pub method: Option<MethodOffset>,
    /// Bytes from the method's first opcode, when the place is an instruction.
    pub bytecode: Option<u16>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} component", self.component)?;
        if let Some(method) = self.method {
            write!(f, ", {method}")?;
        }
        if let Some(bytecode) = self.bytecode {
            write!(f, ", bytecode {bytecode}")?;
        }
        write!(f, ": {}: expected {}, found {}", self.rule, self.expected, self.found)
    }
}
