//! The platform's classes that the machine itself has to know: the exceptions it throws, and the marks it looks for.

use crate::ids::ClassId;

/// `java.lang.Object`.
pub const OBJECT: ClassId = ClassId(1);
/// `java.lang.Throwable`.
pub const THROWABLE: ClassId = ClassId(2);
/// `java.lang.ArrayIndexOutOfBoundsException`.
pub const INDEX_OUT_OF_BOUNDS: ClassId = ClassId(6);
/// `java.lang.NegativeArraySizeException`.
pub const NEGATIVE_ARRAY_SIZE: ClassId = ClassId(7);
/// `java.lang.NullPointerException`.
pub const NULL_POINTER: ClassId = ClassId(8);
/// `java.lang.ClassCastException`.
pub const CLASS_CAST: ClassId = ClassId(9);
/// `java.lang.ArithmeticException`.
pub const ARITHMETIC: ClassId = ClassId(10);
/// `java.lang.SecurityException`.
pub const SECURITY: ClassId = ClassId(11);
/// `java.lang.ArrayStoreException`.
pub const ARRAY_STORE: ClassId = ClassId(12);
/// `javacard.framework.Shareable`.
pub const SHAREABLE: ClassId = ClassId(17);
/// `javacard.framework.SystemException`.
pub const SYSTEM_EXCEPTION: ClassId = ClassId(28);
/// `javacard.framework.TransactionException`.
pub const TRANSACTION_EXCEPTION: ClassId = ClassId(29);
